"""What was made since some moment, found and collected without going through all that is older.

The collector keeps objects by how many collections they have lived through. Where it was off since,
all new ones are still among the youngest.
"""

from __future__ import annotations

import gc
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = 2
ALL_EVERY = 16  # of collections in turn: one is for what outlived the others, too
# Free-threaded builds keep all objects together. The middle generation of 3.14 is a part of the old
# one that is looked at a little at a time.
HAS_GENERATIONS = not sysconfig.get_config_var("Py_GIL_DISABLED")
HAS_MIDDLE = sys.version_info[:2] != (3, 14)


class Young:
    """What was made since this was. Its own moment is one at which automatic collection is off,
    or soon will be: what is collected in between is only looked for among more objects.
    """

    def __init__(self) -> None:
        self._before = _collections()
        self._turns = 0

    def instances(self, kind: type) -> list[Any]:
        """All of it that the collector knows, and perhaps more."""
        return [each for objects in self._objects() for each in objects if type(each) is kind]

    def kinds(self) -> set[type]:
        """The types of all of it that the collector knows, and perhaps of more."""
        return {kind for objects in self._objects() for kind in map(type, objects)}

    def _objects(self) -> Iterator[list[Any]]:
        generation = self._generation()
        if generation == OLDEST:
            yield gc.get_objects()
            return
        for each in range(generation + 1):
            yield gc.get_objects(generation=each)

    def collect(self) -> None:
        """Let those end that nobody leads to."""
        gc.collect(self._generation())

    def collect_in_turn(self) -> None:
        """Again and again, while more is made: what is new since the last turn, but for some turns.

        What outlives a turn is not looked at in the next, so `collect` would go through ever more.
        """
        self._turns += 1
        if self._turns % ALL_EVERY:
            gc.collect(0)
            return
        gc.collect()
        self._before = _collections()  # what lives on is not young any more

    def _generation(self) -> int:
        """The youngest that nothing of it can have outgrown."""
        of_youngest, *of_older = (
            now - then for now, then in zip(_collections(), self._before, strict=True)
        )
        if not HAS_GENERATIONS or any(of_older):
            return OLDEST
        if of_youngest:
            return OLDEST - 1 if HAS_MIDDLE else OLDEST
        return 0


def _collections() -> list[int]:
    """How many there have been, of each generation."""
    return [each["collections"] for each in gc.get_stats()]
