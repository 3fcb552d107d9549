"""A thread waits for a lock that it holds itself."""

import threading

from case import run


class Log:
    def __init__(self, lock):
        self.lock = lock
        self.lines = []

    def write(self, line):
        with self.lock:
            self.lines.append(line)

    def write_twice(self, line):
        with self.lock:
            self.write(line)
            self.write(line)


def writers(log):
    def once():
        log.write("a")

    def twice():
        log.write_twice("b")

    def check():
        assert log.lines in (["a", "b", "b"], ["b", "b", "a"])

    return [once, twice], check


def broken():
    return writers(Log(threading.Lock()))


def fixed():
    return writers(Log(threading.RLock()))


def broken_rare():
    """Only if the other thread came first does the second one log under the lock."""
    log = Log(threading.Lock())

    def once():
        log.write("a")

    def warn():
        with log.lock:
            if log.lines:
                log.write("not empty")

    def check():
        assert log.lines == ["a"]

    return [once, warn], check


def fixed_rare():
    log = Log(threading.Lock())

    def once():
        log.write("a")

    def warn():
        with log.lock:
            late = bool(log.lines)
        if late:
            log.write("not empty")

    def check():
        assert log.lines[0] == "a"

    return [once, warn], check


def test_broken():
    run(*broken())


def test_fixed():
    run(*fixed())


def test_broken_rare():
    run(*broken_rare())


def test_fixed_rare():
    run(*fixed_rare())
