"""A lock is tried, and the answer is not heeded."""

import threading

from case import run


class Cell:
    def __init__(self):
        self.value = 0


def plus_one(number):
    return number + 1


def broken_ignored():
    cell = Cell()
    lock = threading.Lock()

    def add():
        lock.acquire(blocking=False)
        cell.value = plus_one(cell.value)
        lock.release()

    def check():
        assert cell.value == 2

    return [add, add], check


def broken_skipped():
    """Who does not get the lock does not do his work."""
    cell = Cell()
    lock = threading.Lock()

    def add():
        if lock.acquire(blocking=False):
            cell.value += 1
            lock.release()

    def check():
        assert cell.value == 2

    return [add, add], check


def broken_timeout():
    """Goes on without the lock once the time is over."""
    cell = Cell()
    lock = threading.Lock()
    go = threading.Event()

    def slow():
        with lock:
            value = cell.value
            go.wait(timeout=5)
            cell.value = value + 1

    def hasty():
        got = lock.acquire(timeout=1)
        cell.value += 1
        go.set()
        if got:
            lock.release()

    def check():
        assert cell.value == 2

    return [slow, hasty], check


def fixed_blocking():
    cell = Cell()
    lock = threading.Lock()

    def add():
        lock.acquire()
        cell.value = plus_one(cell.value)
        lock.release()

    def check():
        assert cell.value == 2

    return [add, add], check


def fixed_counted():
    cell = Cell()
    lock = threading.Lock()
    skipped = [0, 0]

    def add_as(me):
        def work():
            if lock.acquire(blocking=False):
                cell.value = plus_one(cell.value)
                lock.release()
            else:
                skipped[me] = 1

        return work

    def check():
        assert cell.value + sum(skipped) == 2

    return [add_as(0), add_as(1)], check


def test_broken_ignored():
    run(*broken_ignored())


def test_broken_skipped():
    run(*broken_skipped())


def test_broken_timeout():
    run(*broken_timeout())


def test_fixed_blocking():
    run(*fixed_blocking())


def test_fixed_counted():
    run(*fixed_counted())
