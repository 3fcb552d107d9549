"""Tests about which nothing can be proven, each for another reason."""

import fcntl
import io
import itertools
import logging
import os
import queue
import random
import sys
import tempfile
import threading

from case import both, run

executions = itertools.count()  # goes on from one execution to the next: it cannot be put back


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            self.value += 1


def broken():
    counter = Counter()

    def add():
        counter.value += 1

    def check():
        assert counter.value == 2

    return [add, add], check


def test_broken():
    run(*broken())


def test_fixed():
    counter = Counter()

    def check():
        assert counter.value == 2

    run([counter.add, counter.add], check)


def test_many_interleavings():
    counter = Counter()

    def work():
        for _ in range(12):
            counter.add()

    def check():
        assert counter.value == 36

    run([work] * 3, check)


def test_unmodelled():
    counter = Counter()

    def work():
        sys.setrecursionlimit(sys.getrecursionlimit())
        counter.add()

    run([work, work], lambda: None)


def test_random():
    counter = Counter()

    def work():
        if random.random() < 2:
            counter.add()

    run([work, work], lambda: None)


def test_random_bytes():
    counter = Counter()
    chance = os.urandom(1)[0] % 2

    def work():
        for _ in range(1 + chance):
            counter.add()

    run([work, work], lambda: None)


def test_times():
    counter = Counter()
    ticks = os.times().elapsed

    def work():
        for _ in range(1 + int(ticks) % 2):
            counter.add()

    run([work, work], lambda: None)


def test_state_left_over():
    counter = Counter()
    rounds = 1 + next(executions) % 3

    def work():
        for _ in range(rounds):
            counter.add()

    run([work, work], lambda: None)


class Noisy:
    def __init__(self, log):
        self.log = log
        self.value = 0

    def __del__(self):
        self.log.append("gone")


def test_finalizer():
    log = []

    def work():
        noisy = Noisy(log)
        noisy.value += 1

    run([work, work], lambda: None)


def test_sleeps():
    done = queue.Queue()

    def work():
        done.put(1, timeout=1)

    def check():
        assert done.qsize() == 2

    run([work, work], check)


def test_blocked_in_c():
    with tempfile.NamedTemporaryFile() as file:
        mine, others = os.open(file.name, os.O_RDONLY), os.open(file.name, os.O_RDONLY)
    fcntl.flock(mine, fcntl.LOCK_EX)

    def wait():
        fcntl.flock(others, fcntl.LOCK_EX)  # for the other, without anybody knowing

    def give():
        fcntl.flock(mine, fcntl.LOCK_UN)

    run([wait, give], lambda: None)


def test_many_threads():
    run([lambda: None] * 70, lambda: None)


def test_package():
    from packaging.version import Version

    versions = []

    def work():
        versions.append(str(Version("1.0")))

    def check():
        assert versions == ["1.0", "1.0"]

    run([work, work], check)


def test_two_log():
    """Handlers are in a cycle with their callback, which the collector runs after a search."""
    stream = io.StringIO()
    log = logging.Logger("of its own")  # noqa: LOG001 # that nobody else has
    log.addHandler(logging.StreamHandler(stream))
    both(lambda: log.warning("a"), lambda: log.warning("b"))
    assert sorted(stream.getvalue().split()) == ["a", "b"]
