"""A call between reading and writing back: the update is lost even with the GIL."""

import threading
from collections import Counter
from contextlib import contextmanager

from case import run


def plus_one(number):
    return number + 1


class Cell:
    def __init__(self):
        self.value = 0


class Account:
    def __init__(self):
        self._balance = 0

    @property
    def balance(self):
        return self._balance

    @balance.setter
    def balance(self, amount):
        self._balance = amount


class Row:
    def __init__(self):
        self.columns = [0]

    def __getitem__(self, column):
        return self.columns[column]

    def __setitem__(self, column, value):
        self.columns[column] = value


@contextmanager
def locked(lock):
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def broken_function():
    cell = Cell()

    def add():
        cell.value = plus_one(cell.value)

    def check():
        assert cell.value == 2

    return [add, add], check


def fixed_function():
    cell = Cell()
    lock = threading.Lock()

    def add():
        with lock:
            cell.value = plus_one(cell.value)

    def check():
        assert cell.value == 2

    return [add, add], check


def fixed_contextmanager():
    cell = Cell()
    lock = threading.Lock()

    def add():
        with locked(lock):
            cell.value = plus_one(cell.value)

    def check():
        assert cell.value == 2

    return [add, add], check


def broken_dict_get():
    counts = {}

    def add():
        counts["a"] = counts.get("a", 0) + 1

    def check():
        assert counts == {"a": 2}

    return [add, add], check


def fixed_dict_get():
    counts = {}
    lock = threading.Lock()

    def add():
        with lock:
            counts["a"] = counts.get("a", 0) + 1

    def check():
        assert counts == {"a": 2}

    return [add, add], check


def broken_int():
    texts = ["0"]

    def add():
        texts[0] = str(int(texts[0]) + 1)

    def check():
        assert texts == ["2"]

    return [add, add], check


def broken_max():
    cell = Cell()

    def raise_to(level):
        def work():
            cell.value = max(cell.value, level)

        return work

    def check():
        assert cell.value == 2

    return [raise_to(1), raise_to(2)], check


def broken_property():
    account = Account()

    def add():
        account.balance += 1

    def check():
        assert account.balance == 2

    return [add, add], check


def fixed_property():
    account = Account()
    lock = threading.RLock()

    def add():
        with lock:
            account.balance += 1

    def check():
        assert account.balance == 2

    return [add, add], check


def broken_own_item():
    row = Row()

    def add():
        row[0] += 1

    def check():
        assert row.columns == [2]

    return [add, add], check


def broken_missing():
    words = Counter()

    def add():
        words["a"] += 1  # Counter.__missing__ is written in Python

    def check():
        assert words["a"] == 2

    return [add, add], check


def broken_two_sections():
    cell = Cell()
    lock = threading.Lock()

    def add():
        with lock:
            value = cell.value
        with lock:
            cell.value = value + 1

    def check():
        assert cell.value == 2

    return [add, add], check


def fixed_two_sections():
    cell = Cell()
    lock = threading.Lock()

    def add():
        while True:
            with lock:
                value = cell.value
            with lock:
                if cell.value == value:
                    cell.value = value + 1
                    return

    def check():
        assert cell.value == 2

    return [add, add], check


def test_broken_function():
    run(*broken_function())


def test_fixed_function():
    run(*fixed_function())


def test_fixed_contextmanager():
    run(*fixed_contextmanager())


def test_broken_dict_get():
    run(*broken_dict_get())


def test_fixed_dict_get():
    run(*fixed_dict_get())


def test_broken_int():
    run(*broken_int())


def test_broken_max():
    run(*broken_max())


def test_broken_property():
    run(*broken_property())


def test_fixed_property():
    run(*fixed_property())


def test_broken_own_item():
    run(*broken_own_item())


def test_broken_missing():
    run(*broken_missing())


def test_broken_two_sections():
    run(*broken_two_sections())


def test_fixed_two_sections():
    run(*fixed_two_sections())
