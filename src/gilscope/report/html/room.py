"""How much of everything a page has: the first of several bounds with which it is small enough."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Room:
    """The most of each kind that a page has.

    `characters` of a name; `rows` of a table; `data_rows` of a list in the data that scripts of
    others may read; `lines` of code that pictures name; `nodes` of a flame graph; `marks` on the
    timeline; `source_lines` of all files together; `processes` that pictures name.
    """

    characters: int
    rows: int
    data_rows: int
    lines: int
    nodes: int
    marks: int
    source_lines: int
    processes: int


# From what a page has as a rule to what always fits, whatever things are called.
ROOMS = (
    Room(400, 50, 300, 20_000, 3000, 2000, 600, 2000),
    Room(200, 50, 100, 4000, 1500, 1000, 300, 500),
    Room(100, 30, 30, 1200, 500, 400, 100, 300),
    Room(40, 12, 8, 300, 150, 100, 30, 250),
)
_current: ContextVar[Room] = ContextVar("room", default=ROOMS[0])


def room() -> Room:
    """Return the bounds of the page that is being made."""
    return _current.get()


@contextmanager
def within(bounds: Room) -> Iterator[None]:
    """Make what is made meanwhile within these bounds."""
    token = _current.set(bounds)
    try:
        yield
    finally:
        _current.reset(token)
