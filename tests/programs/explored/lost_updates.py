"""An augmented assignment reads, adds and writes: what another thread wrote between is lost."""

import threading

from case import run

total = 0


class Counter:
    shared = 0

    def __init__(self):
        self.value = 0


class Slotted:
    __slots__ = ("value",)

    def __init__(self):
        self.value = 0


def broken_attribute():
    counter = Counter()

    def add():
        counter.value += 1

    def check():
        assert counter.value == 2

    return [add, add], check


def fixed_attribute():
    counter = Counter()
    lock = threading.Lock()

    def add():
        with lock:
            counter.value += 1

    def check():
        assert counter.value == 2

    return [add, add], check


def broken_slot():
    counter = Slotted()

    def add():
        counter.value += 1

    def check():
        assert counter.value == 2

    return [add, add], check


def fixed_slot():
    counters = [Slotted(), Slotted()]

    def add_to(mine):
        def add():
            mine.value += 1

        return add

    def check():
        assert sum(counter.value for counter in counters) == 2

    return [add_to(counter) for counter in counters], check


def broken_global():
    global total
    total = 0

    def add():
        global total
        total += 1

    def check():
        assert total == 2

    return [add, add], check


def fixed_global():
    global total
    total = 0
    lock = threading.Lock()

    def add():
        global total
        with lock:
            total += 1

    def check():
        assert total == 2

    return [add, add], check


def broken_cell():
    count = 0

    def add():
        nonlocal count
        count += 1

    def check():
        assert count == 2

    return [add, add], check


def fixed_cell():
    count = 0
    lock = threading.Lock()

    def add():
        nonlocal count
        with lock:
            count += 1

    def check():
        assert count == 2

    return [add, add], check


def broken_class_attribute():
    Counter.shared = 0

    def add():
        Counter.shared += 1

    def check():
        assert Counter.shared == 2

    return [add, add], check


def fixed_class_attribute():
    Counter.shared = 0
    lock = threading.Lock()

    def add():
        with lock:
            Counter.shared += 1

    def check():
        assert Counter.shared == 2

    return [add, add], check


def broken_wrong_lock():
    counter = Counter()

    def add():
        lock = threading.Lock()  # a new one each time excludes nobody
        with lock:
            counter.value += 1

    def check():
        assert counter.value == 2

    return [add, add], check


def test_broken_attribute():
    run(*broken_attribute())


def test_fixed_attribute():
    run(*fixed_attribute())


def test_broken_slot():
    run(*broken_slot())


def test_fixed_slot():
    run(*fixed_slot())


def test_broken_global():
    run(*broken_global())


def test_fixed_global():
    run(*fixed_global())


def test_broken_cell():
    run(*broken_cell())


def test_fixed_cell():
    run(*fixed_cell())


def test_broken_class_attribute():
    run(*broken_class_attribute())


def test_fixed_class_attribute():
    run(*fixed_class_attribute())


def test_broken_wrong_lock():
    run(*broken_wrong_lock())
