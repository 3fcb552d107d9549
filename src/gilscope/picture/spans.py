"""Spans of time in lanes: columns, and what is done with them as a whole."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

NOTHING = -1  # no place, no culprit, no row of a mix
STATES = int(State.MIXED)  # how many there are beside MIXED


@dataclass(frozen=True, slots=True)
class Spans:
    """What was going on in lanes; int64 columns of equal length, times in ns.

    `lane`: any numbers. `place`: the number of a line, `culprit`: the thread that had meanwhile
    what was waited for, or that holds a GIL; NOTHING where it is not known. `mix`: where `state` is
    MIXED, the row of `parts` (float64, a column for each other state: thread-ns) that says how the
    time divides; what it does not have is free. `count`: how many spans as recorded it stands for.
    """

    lane: Ints
    begin_ns: Ints
    end_ns: Ints
    state: Ints
    place: Ints
    culprit: Ints
    mix: Ints
    count: Ints
    parts: Floats

    def __len__(self) -> int:
        return len(self.lane)

    @property
    def length_ns(self) -> Ints:
        return self.end_ns - self.begin_ns

    def select(self, rows: Ints | npt.NDArray[np.bool_] | slice) -> Spans:
        """Return some of them, with the parts that they refer to and no others."""
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        mixed = np.flatnonzero(columns["mix"] >= 0)
        parts = self.parts[columns["mix"][mixed]]
        columns["mix"] = columns["mix"].copy()
        columns["mix"][mixed] = np.arange(len(mixed))
        return Spans(**columns, parts=parts)

    def in_order(self) -> Spans:
        """Sort by lane, then time."""
        if not len(self):
            return self
        low, width = int(self.begin_ns.min()), int(np.ptp(self.begin_ns)) + 1
        if (int(np.ptp(self.lane)) + 1) * width >= 2**62:
            return self.select(np.lexsort((self.begin_ns, self.lane)))
        # One number is sorted much faster than two; and of parts that are in order, faster still.
        key = (self.lane - self.lane.min()) * width + (self.begin_ns - low)
        if (key[1:] >= key[:-1]).all():
            return self
        return self.select(np.argsort(key, kind="stable"))

    def by_state(self, group: Ints, groups: int) -> Floats:
        """Add up for each group how long its spans were in each state: rows of ns."""
        single = self.state < STATES
        cell = (group * STATES + self.state)[single]
        sums = np.bincount(cell, weights=self.length_ns[single], minlength=groups * STATES)
        table: Floats = sums.astype(np.float64).reshape(groups, STATES)
        mixed = np.flatnonzero(self.mix >= 0)
        np.add.at(table, group[mixed], self.parts[self.mix[mixed]])
        return table


COLUMNS = tuple(each.name for each in fields(Spans) if each.name != "parts")


def spans(
    lane: Ints,
    begin_ns: Ints,
    end_ns: Ints,
    state: Ints | int,
    *,
    place: Ints | int = NOTHING,
    culprit: Ints | int = NOTHING,
    count: Ints | int = 1,
) -> Spans:
    """Make single spans; what is one number is that of all."""
    size = len(lane)
    state, place, culprit, count = (
        np.broadcast_to(np.asarray(each, np.int64), size) for each in (state, place, culprit, count)
    )
    mix = np.full(size, NOTHING, np.int64)
    none = np.zeros((0, STATES))
    return Spans(lane, begin_ns, end_ns, state, place, culprit, mix, count, none)


def mixed(
    lane: Ints,
    begin_ns: Ints,
    end_ns: Ints,
    parts: Floats,
    *,
    place: Ints | int = NOTHING,
    culprit: Ints | int = NOTHING,
    count: Ints | int = 1,
) -> Spans:
    """Make spans that are divided as `parts` says; those that one state has all of are single."""
    made = spans(lane, begin_ns, end_ns, State.MIXED, place=place, culprit=culprit, count=count)
    most = np.argmax(parts, axis=1) if len(parts) else np.zeros(0, np.int64)
    whole = parts[np.arange(len(parts)), most] >= (end_ns - begin_ns)
    state = np.where(whole, most, int(State.MIXED))
    mix = np.where(whole, NOTHING, np.cumsum(~whole) - 1)
    return Spans(
        made.lane,
        begin_ns,
        end_ns,
        state,
        made.place,
        made.culprit,
        mix,
        made.count,
        parts[~whole],
    )


def nothing() -> Spans:
    none = np.zeros(0, np.int64)
    return spans(none, none, none, State.OFF)


def joined(parts: Sequence[Spans]) -> Spans:
    """Put spans one behind the other."""
    if len(parts) == 1:
        return parts[0]
    parts = [nothing(), *parts]
    columns = {name: np.concatenate([getattr(each, name) for each in parts]) for name in COLUMNS}
    before = np.cumsum([0, *(len(each.parts) for each in parts)])[:-1]
    shift = np.repeat(before, [len(each) for each in parts])
    columns["mix"] = np.where(columns["mix"] >= 0, columns["mix"] + shift, NOTHING)
    return Spans(**columns, parts=np.concatenate([each.parts for each in parts]))
