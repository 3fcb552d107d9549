"""What a lock keeps other threads away from needs no switch; what it only seems to, does."""

import threading
from contextlib import suppress
from types import SimpleNamespace

from case import pause, run


def counter():
    state = SimpleNamespace(n=0)

    def add():
        before = state.n
        pause()
        state.n = before + 1

    def check():
        assert state.n == 2, state.n

    return state, add, check


def broken_released_by_another():
    lock = threading.Lock()
    state, add, _ = counter()
    adds = []

    def owner():
        if lock.acquire(blocking=False):  # and keeps it
            adds.append(1)
            add()

    def thief():
        with suppress(RuntimeError):
            lock.release()

    def check():
        assert state.n == len(adds), state.n

    return [owner, owner, thief], check


def fixed_handed_over():
    """One thread acquires, another releases: a signal, which orders what is before and after it."""
    ready = threading.Lock()
    ready.acquire()
    _, add, check = counter()

    def sender():
        add()
        ready.release()

    def receiver():
        ready.acquire()
        add()

    return [sender, receiver], check


def broken_wrong_arguments():
    """The lock is free, but a call with such a timeout raises and does not take it."""
    lock = threading.Lock()
    _, add, check = counter()

    def wrong():
        with suppress(ValueError):
            lock.acquire(True, -5)
        add()

    def right():
        with lock:
            add()

    return [wrong, right], check


def broken_left_early():
    lock = threading.RLock()
    _, add, check = counter()

    def early():
        with lock, lock:
            pass
        add()

    def right():
        with lock:
            add()

    return [early, right], check


def fixed_within_two():
    lock = threading.RLock()
    _, add, check = counter()

    def worker():
        with lock:
            with lock:
                pass
            add()

    return [worker, worker], check


def broken_chain():
    """The second thread has a lock in common with each of the others, which have none."""
    one, two = threading.Lock(), threading.Lock()
    state, add, _ = counter()

    def first():
        with one:
            add()

    def second():
        with one, two:
            add()

    def third():
        with two:
            add()

    def check():
        assert state.n == 3, state.n

    return [first, second, third], check


def broken_waits_within():
    """Waiting for a condition gives its lock back for as long."""
    condition = threading.Condition()
    state, _, check = counter()

    def worker():
        with condition:
            before = state.n
            condition.wait(timeout=0.01)
            state.n = before + 1

    return [worker, worker], check


def broken_released_in_callback():
    lock = threading.Lock()
    items = [3, 1, 2]

    def key(item):
        lock.release()
        lock.acquire()
        return item

    def sorter():
        with lock:
            items.sort(key=key)

    def adder():
        with lock:
            items.append(0)

    def check():
        assert 0 in items

    return [sorter, adder], check


def broken_try():
    """Whoever does not get the lock goes on all the same."""
    lock = threading.Lock()
    _, add, check = counter()

    def worker():
        got = lock.acquire(blocking=False)
        add()
        if got:
            lock.release()

    return [worker, worker], check


def broken_try_and_keep():
    """The same, and nobody gives the lock back."""
    lock = threading.Lock()
    _, add, check = counter()

    def worker():
        lock.acquire(blocking=False)
        add()

    return [worker, worker], check


def fixed_try():
    lock = threading.Lock()
    state, add, _ = counter()
    adds = []

    def worker():
        if lock.acquire(blocking=False):
            adds.append(1)
            add()
            lock.release()

    def check():
        assert state.n == len(adds), state.n

    return [worker, worker], check


def test_broken_released_by_another():
    run(*broken_released_by_another())


def test_fixed_handed_over():
    run(*fixed_handed_over())


def test_broken_wrong_arguments():
    run(*broken_wrong_arguments())


def test_broken_left_early():
    run(*broken_left_early())


def test_fixed_within_two():
    run(*fixed_within_two())


def test_broken_chain():
    run(*broken_chain())


def test_broken_waits_within():
    run(*broken_waits_within())


def test_broken_released_in_callback():
    run(*broken_released_in_callback())


def test_broken_try():
    run(*broken_try())


def test_broken_try_and_keep():
    run(*broken_try_and_keep())


def test_fixed_try():
    run(*fixed_try())
