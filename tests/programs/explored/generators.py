"""Two threads ask the same generator for its next value."""

import itertools
import threading

from case import run


def plus_one(number):
    return number + 1


def numbers():
    number = 0
    while True:
        number = plus_one(number)
        yield number


def pair_of(take):
    got = [None, None]

    def take_as(me):
        def work():
            got[me] = take()

        return work

    def check():
        assert sorted(got) == [1, 2]

    return [take_as(0), take_as(1)], check


def broken():
    """ValueError: generator already executing."""
    shared = numbers()
    return pair_of(lambda: next(shared))


def fixed():
    shared = numbers()
    lock = threading.Lock()

    def take():
        with lock:
            return next(shared)

    return pair_of(take)


def fixed_own():
    """Each thread has one of its own."""
    got = [None, None]

    def take_as(me):
        def work():
            got[me] = next(numbers())

        return work

    def check():
        assert got == [1, 1]

    return [take_as(0), take_as(1)], check


class Ids:
    def __init__(self):
        self.last = 0
        self.lock = threading.Lock()

    def take(self):
        self.last += 1
        return self.last

    def take_locked(self):
        with self.lock:
            return self.take()


def broken_ids():
    return pair_of(Ids().take)


def fixed_ids():
    return pair_of(Ids().take_locked)


class Tickets:
    """An iterator in Python, which C code goes through."""

    def __init__(self):
        self.left = 4
        self.lock = threading.Lock()

    def __iter__(self):
        return self

    def __next__(self):
        self.left -= 1
        return self.left


def broken_slices():
    tickets, taken = Tickets(), []

    def take():
        taken.extend(itertools.islice(tickets, 2))

    def check():
        assert sorted(taken) == [0, 1, 2, 3]

    return [take, take], check


def fixed_slices():
    tickets, taken = Tickets(), []

    def take():
        with tickets.lock:
            taken.extend(itertools.islice(tickets, 2))

    def check():
        assert sorted(taken) == [0, 1, 2, 3]

    return [take, take], check


def fixed_count():
    ids = itertools.count(1)
    return pair_of(lambda: next(ids))


def test_broken():
    run(*broken())


def test_fixed():
    run(*fixed())


def test_fixed_own():
    run(*fixed_own())


def test_broken_ids():
    run(*broken_ids())


def test_fixed_ids():
    run(*fixed_ids())


def test_broken_slices():
    run(*broken_slices())


def test_fixed_slices():
    run(*fixed_slices())


def test_fixed_count():
    run(*fixed_count())
