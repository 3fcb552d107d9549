"""A reader is let in while a writer is at work."""

import threading

from case import run


class Page:
    def __init__(self):
        self.head = self.foot = 0
        self.torn = [False, False]

    def write(self):
        self.head += 1
        self.turn()
        self.foot += 1

    def turn(self):
        pass

    def read(self, me):
        self.torn[me] = self.head != self.foot


class Lock:
    """Many readers or one writer."""

    def __init__(self):
        self.readers = 0
        self.counting = threading.Lock()
        self.writing = threading.Lock()

    def reader_in(self):
        with self.counting:
            self.readers += 1
            if self.readers == 1:
                self.writing.acquire()

    def reader_out(self):
        with self.counting:
            self.readers -= 1
            if self.readers == 0:
                self.writing.release()


class Uncounted(Lock):
    """The second reader does not wait with the first one."""

    def reader_in(self):
        self.readers += 1
        if self.readers == 1:
            self.writing.acquire()

    def reader_out(self):
        self.readers -= 1
        if self.readers == 0:
            self.writing.release()


def case(lock, readers):
    page = Page()

    def writer():
        with lock.writing:
            page.write()

    def reader_as(me):
        def work():
            lock.reader_in()
            page.read(me)
            lock.reader_out()

        return work

    def check():
        assert not any(page.torn)

    return [*(reader_as(me) for me in range(readers)), writer], check


def broken_unlocked():
    """The reader needs no lock, it thinks."""
    page = Page()
    lock = threading.Lock()

    def writer():
        with lock:
            page.write()

    def reader():
        page.read(0)

    def check():
        assert not any(page.torn)

    return [reader, writer], check


def broken_uncounted():
    return case(Uncounted(), 2)


def fixed_one():
    return case(Lock(), 1)


def fixed_two():
    return case(Lock(), 2)


def test_broken_unlocked():
    run(*broken_unlocked())


def test_broken_uncounted():
    run(*broken_uncounted())


def test_fixed_one():
    run(*fixed_one())


def test_fixed_two():
    run(*fixed_two())
