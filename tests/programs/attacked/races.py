"""Races that real threads must meet, and what else can happen to a test under attack."""

import os
import signal
import sys
import threading
import time
import warnings
from collections import deque


def together(*workers):
    threads = [threading.Thread(target=each) for each in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def nothing():
    pass


class Point:
    flag = 0

    def __init__(self):
        self.x = 0


class Below(Point):
    def look(self):
        return super().flag


def blinking(point):
    def blink():
        point.x = 1
        nothing()
        point.x = 0

    return blink


def test_plain_attribute():
    point, seen = Point(), []

    def look():
        if point.x == 1:
            seen.append(1)

    together(blinking(point), look)
    assert not seen


def test_match_class():
    point, seen = Point(), []

    def look():
        match point:
            case Point(x=1):
                seen.append(1)

    together(blinking(point), look)
    assert not seen


def test_super_attribute():
    below, seen = Below(), []

    def blink():
        Point.flag = 1
        nothing()
        Point.flag = 0

    def look():
        if below.look() == 1:
            seen.append(1)

    together(blink, look)
    assert not seen


def test_yield_from():
    shared, seen = {}, []

    def blink():
        shared["a"] = 1
        nothing()
        del shared["a"]

    def going_through():
        yield from shared

    together(blink, lambda: seen.extend(going_through()))
    assert not seen


def test_lost_update():
    point = Point()

    def add():
        value = point.x
        nothing()
        point.x = value + 1

    together(add, add)
    assert point.x == 2


def test_lock_order():
    first, second = threading.Lock(), threading.Lock()

    def forwards():
        with first:
            nothing()
            with second:
                pass

    def backwards():
        with second:
            nothing()
            with first:
                pass

    together(forwards, backwards)


def test_copy_of_deque():
    """Without the GIL, `list` goes through a deque while others change it."""
    items = deque(range(100))

    def append():
        for each in range(300):
            items.append(each)

    def copy():
        for _ in range(100):
            list(items)

    together(append, copy)


def test_fixed():
    point, lock = Point(), threading.Lock()

    def add():
        with lock:
            value = point.x
            nothing()
            point.x = value + 1

    together(add, add)
    assert point.x == 2


# --- what is no failure ---------------------------------------------------------------------------


def if_threads_meet(do):
    point = Point()

    def look():
        if point.x == 1:
            do()

    together(blinking(point), look)


def test_blocked_for_ever():
    """A lock would be a deadlock; whether this is one, nobody can tell."""
    if_threads_meet(lambda: os.read(os.pipe()[0], 1))


def test_endless():
    def spin():
        while True:
            pass

    if_threads_meet(spin)


def test_crash():
    if_threads_meet(lambda: os.kill(os.getpid(), signal.SIGSEGV))


def test_exit():
    if_threads_meet(lambda: os._exit(3))


def test_child_process():
    """What a test leaves running ends with its attack."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the attack has a thread of its own
        if os.fork() == 0:
            time.sleep(1_000)
    if_threads_meet(lambda: os._exit(3))


def test_fails_always():
    assert threading.active_count() == 0


def test_never_ends():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def test_daemons():
    """Threads that are left would meet the next run."""
    waiting = threading.Event()
    threading.Thread(target=waiting.wait, daemon=True).start()
    test_fixed()


def test_lost_update_beside_daemon():
    waiting = threading.Event()
    threading.Thread(target=waiting.wait, daemon=True).start()
    test_lost_update()


def test_printing():
    for stream in (sys.stdout, sys.stderr, sys.__stdout__):
        print("printed", file=stream, flush=True)
    os.write(1, b"written")
    test_fixed()


def test_error_in_thread():
    point = Point()

    def look():
        if point.x == 1:
            raise ValueError("met")

    together(blinking(point), look)


kept = []


def test_globals():
    """A run that found what another one left would fail."""
    kept.append(1)
    test_fixed()
    assert kept == [1]


def test_thread_names():
    thread = threading.Thread()
    assert thread.name == "Thread-1"
    test_fixed()


def test_timeout_that_may_end():
    """It ends under noise only: that contradicts no proof in which computing takes no time."""
    event = threading.Event()
    thread = threading.Thread(target=event.set)
    thread.start()
    assert event.wait(1e-6)
    thread.join()
