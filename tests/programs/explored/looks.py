"""Threads that look at a clock: which of them does so first decides what they are told.

Truth: the broken ones are found in both worlds, because the eval loop looks whether another thread
wants to run after calls of functions in C that are not specialised, and `pause` is called there;
of the fixed ones no order fails.
"""

import itertools
import threading
import time

from case import both, pause


def test_broken_order_of_a_log():
    """The time is taken before the list is: another thread can write its own in between."""
    log = []

    def write():
        now = time.monotonic()
        pause()
        log.append(now)

    both(write, write)
    assert log == sorted(log)


def test_fixed_order_of_a_log():
    log = []
    lock = threading.Lock()

    def write():
        with lock:
            now = time.monotonic()
            pause()
            log.append(now)

    both(write, write)
    assert log == sorted(log)


def test_broken_newest_wins():
    """Whoever asked for the time last should have the last word."""
    last = [0.0]

    def tell():
        now = time.time()
        pause()
        last[0] = now
        return now

    told = []
    both(lambda: told.append(tell()), lambda: told.append(tell()))
    assert last[0] == max(told)


def test_fixed_newest_wins():
    last = [0.0]
    told = []
    lock = threading.Lock()

    def tell():
        with lock:
            now = time.time()
            pause()
            last[0] = max(last[0], now)
        told.append(now)

    both(tell, tell)
    assert last[0] == max(told)


def test_broken_version():
    """A cache that trusts times: what was read before it was written must not be kept as newer."""
    value = ["old"]
    written_ns = [0]
    kept = {}

    def write():
        written_ns[0] = time.perf_counter_ns()
        pause()
        value[0] = "new"

    def read():
        seen = value[0]
        pause()
        kept[seen] = time.perf_counter_ns()

    both(write, read)
    assert not ("old" in kept and kept["old"] > written_ns[0] > 0)


def test_fixed_version():
    value = ["old"]
    written_ns = [0]
    kept = {}
    lock = threading.Lock()

    def write():
        with lock:
            written_ns[0] = time.perf_counter_ns()
            pause()
            value[0] = "new"

    def read():
        with lock:
            seen = value[0]
            pause()
            kept[seen] = time.perf_counter_ns()

    both(write, read)
    assert not ("old" in kept and kept["old"] > written_ns[0] > 0)


def test_broken_started_before():
    """That a thread is started later does not mean that it looks later."""
    began = {}

    def work(name):
        began[name] = time.monotonic()

    both(lambda: work("first"), lambda: work("second"))
    assert began["first"] < began["second"]


def test_fixed_joined_before():
    began = {}

    def work(name):
        began[name] = time.monotonic()

    both(lambda: work("first"))
    both(lambda: work("second"))
    assert began["first"] < began["second"]


def test_fixed_each_its_own_time():
    """How long each took, by its own watch: nobody else's look matters."""
    took = []

    def work():
        began = time.perf_counter()
        pause()
        took.append(time.perf_counter() - began)

    both(work, work)
    assert len(took) == 2
    assert min(took) > 0


def test_fixed_numbered_log():
    """Numbers instead of times, and taken where they are kept."""
    log = []
    numbers = itertools.count()
    lock = threading.Lock()

    def write():
        began = time.monotonic()
        with lock:
            log.append((next(numbers), began))

    both(write, write)
    assert [number for number, _ in log] == [0, 1]
