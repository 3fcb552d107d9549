"""A buffer for one item that takes in a second, or puts everyone to sleep."""

import threading

from case import run


class Buffer:
    def __init__(self):
        self.lock = threading.Lock()
        self.not_empty = threading.Condition(self.lock)
        self.not_full = threading.Condition(self.lock)
        self.items = []
        self.most = 0

    def insert(self, item):
        self.items.append(item)
        self.most = max(self.most, len(self.items))

    def put(self, item):
        with self.lock:
            while self.items:
                self.not_full.wait()
            self.insert(item)
            self.not_empty.notify()

    def get(self):
        with self.lock:
            while not self.items:
                self.not_empty.wait()
            item = self.items.pop()
            self.not_full.notify()
            return item


class CheckedOutside(Buffer):
    def put(self, item):
        while self.items:
            with self.lock:
                self.not_full.wait()
        with self.lock:
            self.insert(item)
            self.not_empty.notify()


class OneCondition(Buffer):
    """Both sides wait for the same condition: a consumer may wake a consumer."""

    def __init__(self):
        super().__init__()
        self.not_full = self.not_empty


class Overwriting(Buffer):
    """Waits once, not until there is room."""

    def put(self, item):
        with self.lock:
            if self.items:
                self.not_full.wait()
            self.insert(item)
            self.not_empty.notify()


class Silent(Buffer):
    """Who takes an item does not say so."""

    def get(self):
        with self.lock:
            while not self.items:
                self.not_empty.wait()
            return self.items.pop()


def one_to_one(buffer):
    got = []

    def producer():
        buffer.put(1)
        buffer.put(2)

    def consumer():
        got.append(buffer.get())
        got.append(buffer.get())

    def check():
        assert got == [1, 2]
        assert buffer.most == 1

    return [producer, consumer], check


def two_producers(buffer):
    got = []

    def producer_of(item):
        def work():
            buffer.put(item)

        return work

    def consumer():
        got.append(buffer.get())

    def check():
        assert len(got) == 1
        assert buffer.most == 1

    return [producer_of(1), producer_of(2), consumer], check


def two_consumers(buffer):
    got = [None, None]

    def producer():
        buffer.put(1)
        buffer.put(2)

    def consumer_as(me):
        def work():
            got[me] = buffer.get()

        return work

    def check():
        assert sorted(got) == [1, 2]

    return [consumer_as(0), consumer_as(1), producer], check


def broken_overflow():
    return two_producers(CheckedOutside())


def broken_silent():
    return one_to_one(Silent())


def broken_one_condition():
    return two_consumers(OneCondition())


def broken_if():
    """A third producer takes the room that the woken one was promised."""
    buffer = Overwriting()
    got = []

    def twice():
        buffer.put(1)
        buffer.put(2)

    def once():
        buffer.put(3)

    def consumer():
        got.append(buffer.get())
        got.append(buffer.get())

    def check():
        assert sorted(got + buffer.items) == [1, 2, 3]
        assert buffer.most == 1

    return [twice, once, consumer], check


def fixed_one_to_one():
    return one_to_one(Buffer())


def fixed_two_producers():
    return two_producers(Buffer())


def fixed_two_consumers():
    return two_consumers(Buffer())


def test_broken_overflow():
    run(*broken_overflow())


def test_broken_silent():
    run(*broken_silent())


def test_broken_one_condition():
    run(*broken_one_condition())


def test_broken_if():
    run(*broken_if())


def test_fixed_one_to_one():
    run(*fixed_one_to_one())


def test_fixed_two_producers():
    run(*fixed_two_producers())


def test_fixed_two_consumers():
    run(*fixed_two_consumers())
