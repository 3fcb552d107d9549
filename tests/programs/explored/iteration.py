"""A container changes while another thread iterates over it."""

import threading

from case import run


class Table:
    def __init__(self):
        self.rows = {"a": 1, "b": 2}

    def __iter__(self):
        for name in self.rows:  # noqa: UP028  a loop is the subject
            yield name


def broken_dict():
    table = {"a": 1, "b": 2}

    def reader():
        for _ in table:
            pass

    def writer():
        table["c"] = 3

    def check():
        assert len(table) == 3

    return [reader, writer], check


def fixed_dict():
    table = {"a": 1, "b": 2}
    lock = threading.Lock()

    def reader():
        with lock:
            for _ in table:
                pass

    def writer():
        with lock:
            table["c"] = 3

    def check():
        assert len(table) == 3

    return [reader, writer], check


def fixed_dict_copy():
    table = {"a": 1, "b": 2}

    def reader():
        for _ in table.copy():
            pass

    def writer():
        table["c"] = 3

    def check():
        assert len(table) == 3

    return [reader, writer], check


def broken_items():
    """A comprehension over a view."""
    table = {1: 1, 2: 2}
    doubled = {}

    def reader():
        doubled.update({key: value * 2 for key, value in table.items()})

    def writer():
        del table[1]

    def check():
        assert doubled[2] == 4

    return [reader, writer], check


def fixed_replace():
    """The writer makes a new dict; who iterates keeps the old one."""
    rows = Table()
    seen = []

    def reader():
        for name in rows:
            seen.append(name)

    def writer():
        rows.rows = {**rows.rows, "c": 3}

    def check():
        assert seen in (["a", "b"], ["a", "b", "c"])

    return [reader, writer], check


def broken_generator():
    """The loop is in a generator."""
    rows = Table()

    def reader():
        for _ in rows:
            pass

    def writer():
        rows.rows["c"] = 3

    def check():
        assert len(rows.rows) == 3

    return [reader, writer], check


def broken_set():
    members = {1, 2}

    def reader():
        for _ in members:
            pass

    def writer():
        members.add(3)

    def check():
        assert len(members) == 3

    return [reader, writer], check


def broken_list():
    """A list does not complain: it skips."""
    items = [1, 2, 3]
    seen = []

    def reader():
        for item in items:
            seen.append(item)

    def writer():
        items.pop(0)

    def check():
        assert seen[-2:] == [2, 3]

    return [reader, writer], check


def fixed_list():
    items = [1, 2, 3]
    seen = []

    def reader():
        for item in items.copy():
            seen.append(item)

    def writer():
        items.pop(0)

    def check():
        assert seen[-2:] == [2, 3]

    return [reader, writer], check


def test_broken_dict():
    run(*broken_dict())


def test_fixed_dict():
    run(*fixed_dict())


def test_fixed_dict_copy():
    run(*fixed_dict_copy())


def test_broken_items():
    run(*broken_items())


def test_fixed_replace():
    run(*fixed_replace())


def test_broken_generator():
    run(*broken_generator())


def test_broken_set():
    run(*broken_set())


def test_broken_list():
    run(*broken_list())


def test_fixed_list():
    run(*fixed_list())
