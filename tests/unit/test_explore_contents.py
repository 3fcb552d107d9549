"""What explore reads of objects, to tell whether a state returned, runs nothing of the program."""

from __future__ import annotations

from typing import Any

from gilscope.explore.contents import content_of, words_of_slot


class Calls:
    """Tells whoever looks it up in a class."""

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        raise AssertionError("code of the program runs")


class Mock:
    """As unittest.mock makes its classes."""

    __next__ = Calls()


class Guarded:
    __slots__ = ("given", "missing")

    def __init__(self) -> None:
        self.given = [1]

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError("code of the program runs")


def test_a_slot_of_a_frame_is_read_without_the_descriptors_of_its_class() -> None:
    mock = Mock()
    assert list(words_of_slot(mock)) == [mock]


def test_slots_of_an_object_are_read_without_its_getattribute() -> None:
    guarded = Guarded()
    words = list(content_of(guarded))
    assert words[0] is guarded
    assert [1] in words
