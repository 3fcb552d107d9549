"""Single holds and waits for as long as there is room, and the shorter ones put together.

Nothing is dropped: what is put together keeps its sums. Sizes stay bounded whatever the trace.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

NOWHERE = -1  # in the place of a line's number
_STEPS_PER_OCTAVE = 8
_STEPS = 64 * _STEPS_PER_OCTAVE


class SliceKind(IntEnum):
    """What a slice of a lane is."""

    HOLD = 0
    WAIT = 1
    MIXED = 2  # several holds and waits, one after another, and the time between them
    LOCK = 3  # waits for locks that cost the thread time: one, or several and what is between
    IDLE = 4  # and that are what the thread is for
    STOPPED = 5  # or the interpreter had stopped it, or it waited for that


@dataclass(frozen=True, slots=True)
class Slices:
    """Stretches of lanes, sorted by lane and time; int64 columns of equal length.

    Those of one lane do not overlap. `lane` is a thread's number, or a GIL's. A slice contains
    `holds` holds that had the GIL for `held_ns`, and `waits` waits of `waited_ns`, all together.
    `line` is the number of the line where a single hold ended, or where a single wait was: NOWHERE
    where that is not known, or several. `by` is the thread that had the GIL for the longest part of
    a wait, at `by_ns` among others; or that ended a wait for a lock, at `by_ns`. 0: not known.
    """

    kind: Ints
    lane: Ints
    begin_ns: Ints
    end_ns: Ints
    holds: Ints
    held_ns: Ints
    waits: Ints
    waited_ns: Ints
    line: Ints
    by: Ints
    by_ns: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def select(self, rows: Marks | Ints | slice) -> Slices:
        """Return some of them: those of a mask, of positions or of a slice."""
        return Slices(*(getattr(self, each.name)[rows] for each in fields(self)))


def joined(parts: Sequence[Slices]) -> Slices:
    """Put slices of several stretches of time together, in order."""
    empty = np.zeros(0, np.int64)
    names = [each.name for each in fields(Slices)]
    whole = Slices(*(np.concatenate([empty, *(getattr(p, n) for p in parts)]) for n in names))
    return whole.select(_in_order(whole))


def _in_order(slices: Slices) -> Ints:
    order: Ints = np.lexsort((slices.end_ns, slices.begin_ns, slices.lane))
    return order


def merged(slices: Slices, shortest_ns: int, part_ns: int) -> Slices:
    """Put together what is shorter than `shortest_ns`, where it follows one another in a lane.

    What begins in different parts of the time, each of `part_ns`, stays apart.
    """
    slices = slices.select(_in_order(slices))
    if not len(slices):
        return slices
    single = slices.end_ns - slices.begin_ns >= shortest_ns
    part = slices.begin_ns // max(1, part_ns)
    starts = single.copy()
    starts[0] = True
    starts[1:] |= single[:-1] | (np.diff(slices.lane) != 0) | (np.diff(part) != 0)
    starts[1:] |= np.diff(np.maximum(slices.kind, SliceKind.MIXED)) != 0
    first = np.flatnonzero(starts)
    if len(first) == len(slices):
        return slices
    several = np.diff(np.append(first, len(slices))) > 1
    return Slices(
        kind=np.where(several, np.maximum(slices.kind[first], SliceKind.MIXED), slices.kind[first]),
        lane=slices.lane[first],
        begin_ns=slices.begin_ns[first],
        end_ns=np.maximum.reduceat(slices.end_ns, first),
        holds=np.add.reduceat(slices.holds, first),
        held_ns=np.add.reduceat(slices.held_ns, first),
        waits=np.add.reduceat(slices.waits, first),
        waited_ns=np.add.reduceat(slices.waited_ns, first),
        line=np.where(several, NOWHERE, slices.line[first]),
        by=np.where(several, 0, slices.by[first]),
        by_ns=np.where(several, 0, slices.by_ns[first]),
    )


class Durations:
    """How many slices of which length there are: which of them there is room for."""

    def __init__(self) -> None:
        self._counts = np.zeros(_STEPS, np.int64)

    def add(self, lengths_ns: Ints) -> None:
        self._counts += np.bincount(_step(lengths_ns), minlength=_STEPS)

    @property
    def total(self) -> int:
        return int(self._counts.sum())

    def at_least(self, length_ns: int) -> int:
        """Count those of such a length or more, as far as the steps of the count tell."""
        if length_ns <= 0:
            return self.total
        return int(self._counts[int(_step(np.array([length_ns]))[0]) :].sum())

    def shortest_ns(self, most: int) -> int:
        """Return a length that at most so many reach: 0 where there is room for all."""
        if self.total <= most:
            return 0
        at_least = np.cumsum(self._counts[::-1])[::-1]
        step = int(np.argmax(at_least <= most)) if (at_least <= most).any() else _STEPS
        return min(2**62, int(np.ceil(2 ** (step / _STEPS_PER_OCTAVE))))


def _step(lengths_ns: Ints) -> Ints:
    logarithm = np.log2(np.maximum(1, lengths_ns)) * _STEPS_PER_OCTAVE
    return np.clip(logarithm.astype(np.int64), 0, _STEPS - 1)
