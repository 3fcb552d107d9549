"""A semaphore that starts with a wrong number, or is released too often."""

import threading

from case import run


class Cell:
    def __init__(self):
        self.value = 0


def plus_one(number):
    return number + 1


def nothing():
    pass


def guarded_by(semaphore):
    cell = Cell()

    def add():
        with semaphore:
            cell.value = plus_one(cell.value)

    def check():
        assert cell.value == 2

    return [add, add], check


def broken_two():
    return guarded_by(threading.Semaphore(2))


def broken_zero():
    return guarded_by(threading.Semaphore(0))


def fixed_mutex():
    return guarded_by(threading.Semaphore(1))


def fixed_bounded():
    return guarded_by(threading.BoundedSemaphore(1))


def fixed_signal():
    cell = Cell()
    filled = threading.Semaphore(0)
    seen = []

    def producer():
        cell.value = 1
        filled.release()

    def consumer():
        filled.acquire()
        seen.append(cell.value)

    def check():
        assert seen == [1]

    return [consumer, producer], check


def broken_release():
    """Whoever did not get it gives it back all the same."""
    semaphore = threading.BoundedSemaphore(1)

    def work():
        semaphore.acquire(blocking=False)
        semaphore.release()

    return [work, work], nothing


def fixed_release():
    semaphore = threading.BoundedSemaphore(1)

    def work():
        if semaphore.acquire(blocking=False):
            semaphore.release()

    return [work, work], nothing


def test_broken_two():
    run(*broken_two())


def test_broken_zero():
    run(*broken_zero())


def test_fixed_mutex():
    run(*fixed_mutex())


def test_fixed_bounded():
    run(*fixed_bounded())


def test_fixed_signal():
    run(*fixed_signal())


def test_broken_release():
    run(*broken_release())


def test_fixed_release():
    run(*fixed_release())
