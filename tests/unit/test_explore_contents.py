"""What explore reads of objects, to tell whether a state returned, runs nothing of the program."""

from __future__ import annotations

import types
from typing import Any

from gilscope.explore.engine.repetition.contents import content_of, words_of_slot


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


class Watchful(list[int]):
    def __iter__(self) -> Any:
        raise AssertionError("code of the program runs")

    def __len__(self) -> int:
        raise AssertionError("code of the program runs")


class Failing(Exception):  # noqa: N818 # no error of ours
    args = property(lambda _: Calls().__get__(None))


class Callable:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError("code of the program runs")

    def __call__(self) -> None:
        """It can be bound, as a function can."""


def test_containers_and_exceptions_are_read_as_c_has_them() -> None:
    assert list(content_of(Watchful([3])))[1:3] == [1, 3]
    assert list(content_of(Failing(5)))[1:] == ["tuple of 1", 5, None, None, 0]


def test_a_bound_method_is_read_without_the_attributes_of_its_function() -> None:
    bound = types.MethodType(Callable(), 1)
    assert list(words_of_slot(bound)) == [types.MethodType, 1, bound.__func__]
