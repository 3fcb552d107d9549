"""A count of references that is not atomic: freed twice, never, or while in use."""

import threading

from case import run


class Shared:
    """Frees itself when the last reference goes."""

    def __init__(self, references):
        self.count = references
        self.frees = 0

    def incref(self):
        self.count += 1

    def decref(self):
        self.count -= 1
        if self.count == 0:
            self.frees += 1

    def use(self):
        assert not self.frees, "used after it was freed"


class Locked(Shared):
    def __init__(self, references):
        super().__init__(references)
        self.lock = threading.Lock()

    def decref(self):
        with self.lock:
            super().decref()

    def try_incref(self):
        with self.lock:
            if self.count == 0:
                return False
            self.incref()
            return True


def broken_decref():
    thing = Shared(2)

    def check():
        assert thing.frees == 1

    return [thing.decref, thing.decref], check


def fixed_decref():
    thing = Locked(2)

    def check():
        assert thing.frees == 1

    return [thing.decref, thing.decref], check


def broken_use():
    """Borrowed, counted too late."""
    thing = Shared(1)

    def borrower():
        if thing.count > 0:
            thing.incref()
            thing.use()
            thing.decref()

    def check():
        assert thing.frees == 1

    return [borrower, thing.decref], check


def fixed_use():
    thing = Locked(1)

    def borrower():
        if thing.try_incref():
            thing.use()
            thing.decref()

    def check():
        assert thing.frees == 1

    return [borrower, thing.decref], check


def test_broken_decref():
    run(*broken_decref())


def test_fixed_decref():
    run(*fixed_decref())


def test_broken_use():
    run(*broken_use())


def test_fixed_use():
    run(*fixed_use())
