"""Folded stacks: a line for each call path, for flamegraph.pl, inferno, speedscope and others.

`frame;frame;frame WEIGHT`, outermost first; the weight is nanoseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from gilscope.export.stackrows import FOLDED, frame_name
from gilscope.export.subjects import shown
from gilscope.words.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.export.stackrows import StackRow, StackTable
    from gilscope.trace import Frame


def write_folded(tables: Sequence[StackTable], stream: TextIO) -> None:
    """Write tables of one kind; where there are several processes, each is the outermost frame."""
    files = {frame.file for table in tables for row in table.rows for frame in row.frames}
    names = _Names(Places(files))
    several = len(tables) > 1
    for table in tables:
        root = [_plain(f"{table.subject.label} [{table.subject.pid}]")] if several else []
        stream.writelines(
            f"{';'.join([*root, *names.of(row)])} {row.weight_ns}\n" for row in table.rows
        )


class _Names:
    """What frames are called: `function (app.py:41)`."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._known: dict[Frame, str] = {}

    def of(self, row: StackRow) -> list[str]:
        return [FOLDED] if row.is_folded else [self._name(frame) for frame in row.frames]

    def _name(self, frame: Frame) -> str:
        name = self._known.get(frame)
        if name is None:
            where = f" ({self._places.of(frame)})" if frame.file else ""
            name = self._known[frame] = _plain(frame_name(frame) + where)
        return name


def _plain(name: str) -> str:
    """Leave nothing in a name that the format gives a meaning to."""
    return shown(name).replace(";", ":")
