"""Threads that meet in what C code does, of which it is known that it touches nothing shared."""

import threading
import traceback
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
