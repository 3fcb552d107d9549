"""An augmented assignment to an item of a container loses what another thread wrote between."""

import threading
from collections import defaultdict

from case import run


class Counter:
    def __init__(self):
        self.value = 0


def broken_list_item():
    counts = [0]

    def add():
        counts[0] += 1

    def check():
        assert counts == [2]

    return [add, add], check


def fixed_list_item():
    counts = [0, 0]

    def add_to(mine):
        def add():
            counts[mine] += 1

        return add

    def check():
        assert counts == [1, 1]

    return [add_to(0), add_to(1)], check


def broken_dict_item():
    counts = {"a": 0}

    def add():
        counts["a"] += 1

    def check():
        assert counts == {"a": 2}

    return [add, add], check


def fixed_dict_item():
    counts = {"a": 0}
    lock = threading.Lock()

    def add():
        with lock:
            counts["a"] += 1

    def check():
        assert counts == {"a": 2}

    return [add, add], check


def broken_defaultdict():
    counts = defaultdict(int)

    def add():
        counts["a"] += 1

    def check():
        assert counts["a"] == 2

    return [add, add], check


def broken_object_in_list():
    counters = [Counter(), Counter()]

    def add():
        counters[-1].value += 1

    def check():
        assert counters[1].value == 2

    return [add, add], check


def fixed_object_in_list():
    counters = [Counter(), Counter()]

    def first():
        counters[0].value += 1

    def last():
        counters[-1].value += 1

    def check():
        assert [counter.value for counter in counters] == [1, 1]

    return [first, last], check


def test_broken_list_item():
    run(*broken_list_item())


def test_fixed_list_item():
    run(*fixed_list_item())


def test_broken_dict_item():
    run(*broken_dict_item())


def test_fixed_dict_item():
    run(*fixed_dict_item())


def test_broken_defaultdict():
    run(*broken_defaultdict())


def test_broken_object_in_list():
    run(*broken_object_in_list())


def test_fixed_object_in_list():
    run(*fixed_object_in_list())
