"""Threads that meet in what C code does, of which it is known that it touches nothing shared."""

import threading
import traceback
from collections import deque
from typing import NamedTuple
from unittest.mock import MagicMock

from case import run


class Point(NamedTuple):
    x: int
    y: int


class Slot:
    """Holds what threads put there."""

    def __init__(self):
        self.value = Point(1, 1)
        self.lock = threading.Lock()


def fixed_named_tuple():
    slot = Slot()

    def move():
        with slot.lock:
            slot.value = Point(slot.value.x + 1, slot.value.y + 1)

    def check():
        assert slot.value == (3, 3)

    return [move, move], check


def test_fixed_named_tuple():
    run(*fixed_named_tuple())


def broken_named_tuple():
    slot = Slot()

    def move():
        slot.value = Point(slot.value.x + 1, slot.value.y + 1)

    def check():
        assert slot.value == (3, 3)

    return [move, move], check


def test_broken_named_tuple():
    run(*broken_named_tuple())


def fixed_new_mocks():
    """Each thread makes a mock of its own, which gets a class of its own."""
    made = []

    def work():
        made.append(MagicMock())

    def check():
        assert len(made) == 2

    return [work, work], check


def test_fixed_new_mocks():
    run(*fixed_new_mocks())


def broken_one_mock():
    """One thread makes the mock's methods anew, which the other calls."""
    mock = MagicMock()
    counts = []

    def change():
        mock.__len__ = lambda _: 3

    def ask():
        counts.append(len(mock))

    def check():
        assert counts == [0]

    return [change, ask], check


def test_broken_one_mock():
    run(*broken_one_mock())


def fixed_compile():
    results = []

    def work():
        code = compile("20 + 22", "<constant>", "eval")
        results.append(code.co_filename)

    def check():
        assert results == ["<constant>", "<constant>"]

    return [work, work], check


def test_fixed_compile():
    run(*fixed_compile())


def fixed_search_deque():
    """A deque is locked while it is searched for a number, or for an object that is only itself."""
    found = []
    items = deque([1, 2, 3])

    def change():
        items.append(threading.main_thread())
        items.remove(2)

    def look():
        found.append((3 in items, items.count(1), items.index(1), bool(items)))
        assert threading.current_thread() not in items

    def check():
        assert found == [(True, 1, 0, True)]
        assert list(items) == [1, 3, threading.main_thread()]

    return [change, look], check


def test_fixed_search_deque():
    run(*fixed_search_deque())


def broken_search_deque():
    items = deque()

    def add():
        if 1 not in items:
            items.append(1)

    def check():
        assert items.count(1) == 1

    return [add, add], check


def test_broken_search_deque():
    run(*broken_search_deque())


def broken_remove_from_deque():
    items = deque([1])

    def remove():
        if items.count(1):
            items.remove(1)

    def check():
        assert not items

    return [remove, remove], check


def test_broken_remove_from_deque():
    run(*broken_remove_from_deque())


def broken_truth():
    items = deque()

    def add():
        if not bool(items):
            items.append(1)

    def check():
        assert len(items) == 1

    return [add, add], check


def test_broken_truth():
    run(*broken_truth())


class Number:
    """Compared by code in Python, during which a deque is not locked."""

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return self.number == other.number

    __hash__ = None


def fixed_search_deque_for_others():
    items = deque([Number(1), Number(2)])

    def change():
        items.append(Number(3))
        items.pop()

    def look():
        try:
            assert Number(1) in items
            assert items.count(Number(2)) == 1
        except RuntimeError:
            pass  # it was changed meanwhile

    def check():
        assert len(items) == 2

    return [change, look], check


def test_fixed_search_deque_for_others():
    run(*fixed_search_deque_for_others())


def clear_frames():
    cleared = []
    lock = threading.Lock()

    def fail(argument):
        held = [argument]
        raise ValueError(held)

    def work():
        try:
            fail(1)
        except ValueError as error:
            traceback.clear_frames(error.__traceback__)
        with lock:
            cleared.append(1)

    def check():
        assert cleared == [1, 1]

    return [work, work], check


def test_cleared_frames():
    """Proven with a GIL; without one, the frames keep threads alive, which have weak references."""
    run(*clear_frames())


def test_cleared_generators():
    """Nothing is proven: a generator that two threads share is closed by that."""

    def generate():
        try:
            yield 1
        finally:
            closed.append(1)

    closed = []
    generator = generate()
    next(generator)

    def check():
        assert closed == [1]

    frame = generator.gi_frame
    run([frame.clear, generator.close], check)
