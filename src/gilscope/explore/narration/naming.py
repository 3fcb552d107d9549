"""Names of the objects of one execution: the same for all threads, where the test has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gilscope import _explorer
from gilscope.explore.narration.paths import OF_METHODS, path_to

if TYPE_CHECKING:
    from types import FrameType

PRIVATE = "._"
MOST_TRIES = 3  # of an object that no variable leads to: one may, later


class Name(NamedTuple):
    text: str
    number: int | None  # of the object, in this execution; None: nobody asked
    same: str | None  # what it was called before, if that was otherwise


class AsWritten:
    """Names as the code that runs says them, where executions are compared: looks at nothing."""

    def of(self, wanted: object, source: str, frame: FrameType) -> Name:
        del wanted, frame
        return Name(source, None, None)


class Names(AsWritten):
    def __init__(self, main_ident: int) -> None:
        self._main_ident = main_ident
        self._paths: dict[int, str] = {}
        self._tries: dict[int, int] = {}
        self._numbers: dict[str, int] = {}
        self._called: dict[int, str] = {}

    def of(self, wanted: object, source: str, frame: FrameType) -> Name:
        """`source` is how the code that runs says it, if no variable of the test leads there."""
        number = _explorer.number_of(wanted)
        path = self._path(number, wanted, frame)
        if path is not None and self._numbers.setdefault(path, number) != number:
            path = None  # another object has that name, elsewhere
        if path is not None and PRIVATE in path and PRIVATE not in source:
            path = None  # `condition.acquire` is one of its lock, but nobody thinks of that
        text = path or source
        first = self._called.setdefault(number, text)
        if text == first:
            return Name(text, number, None)
        is_known = first.partition(".")[0] not in OF_METHODS
        return Name(text, number, first if is_known else f"the {type(wanted).__name__} above")

    def _path(self, number: int, wanted: object, frame: FrameType) -> str | None:
        path = self._paths.get(number)
        tries = self._tries.get(number, 0)
        if path is not None or tries == MOST_TRIES:
            return path
        self._tries[number] = tries + 1
        path = path_to(wanted, self._main_ident, frame)
        if path is not None:
            self._paths[number] = path
        return path
