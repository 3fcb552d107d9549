"""Fold what is too short to be shown alone: neighbours in a lane become one span of mixed state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.spans import Spans, joined, mixed
from gilscope.picture.stretches import Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.picture.stretches import Stretch

    Ints = npt.NDArray[np.int64]

SHARE_OF_STRETCHES = 0.5  # of all spans
_STEP = 1.3


def fold(some: Spans, exact_ns: int, kept: Kept | None = None) -> Spans:
    """Return the spans with those shorter than `exact_ns` folded; sorted by lane, then time.

    Those that follow each other in a lane, and begin in the same slice of `exact_ns`, become one;
    its place and culprit are those of the longest of them. One that has no such neighbour stays.
    What is `kept` stays as it is, and nothing reaches over it.
    Nothing is added and nothing is lost: by lane and state, sums of time are the same as before.
    """
    some = some.in_order()
    if not len(some) or exact_ns <= 1:
        return some
    kept = kept or Kept()
    short = (some.length_ns < exact_ns) & ~kept.has(some.begin_ns, some.end_ns)
    region = kept.region(some.begin_ns)
    slice_ = some.begin_ns // exact_ns
    begins = np.ones(len(some), np.bool_)
    begins[1:] = (
        ~short[1:] | ~short[:-1] | (some.lane[1:] != some.lane[:-1]) | (slice_[1:] != slice_[:-1])
    )
    begins[1:] |= region[1:] != region[:-1]
    first = np.flatnonzero(begins)
    size = np.diff(np.append(first, len(some)))
    run = np.cumsum(begins) - 1
    alone = size[run] == 1
    rest = some.select(~alone)
    return joined([some.select(alone), _merged(rest, run[~alone])]).in_order()


def _merged(some: Spans, run: Ints) -> Spans:
    """Make one span of each run of neighbours."""
    if not len(some):
        return some
    first = np.flatnonzero(np.append(True, run[1:] != run[:-1]))
    last = np.append(first[1:], len(run)) - 1
    group = np.repeat(np.arange(len(first)), last - first + 1)
    longest = _longest(some.length_ns, group, first)
    # Spans of a lane may overlap by what two cores' clocks differ: the run ends with the last.
    end_ns = np.maximum.reduceat(some.end_ns, first)
    parts = some.by_state(group, len(first))
    return mixed(
        some.lane[first],
        some.begin_ns[first],
        end_ns,
        parts,
        place=some.place[longest],
        culprit=some.culprit[longest],
        count=np.add.reduceat(some.count, first),
    )


def _longest(length_ns: Ints, group: Ints, first: Ints) -> Ints:
    """Return for each group the row that is longest; of several, one of them."""
    most = np.maximum.reduceat(length_ns, first)
    row = np.flatnonzero(length_ns == most[group])
    longest = np.empty(len(first), np.int64)
    longest[group[row]] = row
    return longest


class Folded:
    """Takes spans as they come, block by block, and keeps about `most` of them, however many come.

    `exact_ns` grows as it must: from this length on spans are kept as they were. So are all in
    `stretches`, the most important of which come first: those in which there is too much for that
    are given up.
    """

    def __init__(self, most: int, exact_ns: int = 0, stretches: Sequence[Stretch] = ()) -> None:
        self.exact_ns = exact_ns
        self._kept_apart = Kept(stretches)
        self._most = max(1, most)
        self._parts: list[Spans] = []
        self._kept = 0

    def add(self, some: Spans) -> None:
        """Add a block; each lane's come in the order of their time."""
        self._parts.append(fold(some, self.exact_ns, self._kept_apart))
        self._kept += len(self._parts[-1])
        if self._kept > 2 * self._most:
            self._shrink()

    def finish(self) -> Spans:
        self._parts = [fold(joined(self._parts), self.exact_ns, self._kept_apart)]
        self._shrink()
        return self._parts[0]

    @property
    def stretches(self) -> list[Stretch]:
        """Those in which all is as it was; empty if that is so everywhere."""
        return self._kept_apart.stretches if self.exact_ns > 0 else []

    def _apart(self, some: Spans) -> npt.NDArray[np.bool_]:
        """Say which spans are in stretches, after those with too many have been given up."""
        apart = self._kept_apart.has(some.begin_ns, some.end_ns)
        while self._kept_apart.stretches and apart.sum() > SHARE_OF_STRETCHES * self._most:
            self._kept_apart.give_up()
            apart = self._kept_apart.has(some.begin_ns, some.end_ns)
        return apart

    def _shrink(self) -> None:
        kept = joined(self._parts)
        end_ns = int(kept.end_ns.max(initial=0))
        apart = self._apart(kept)
        while len(kept) > self._most and self.exact_ns <= end_ns:  # then each lane has one
            # Where a mass of spans has one length, its quantile does not move: it must grow anyway.
            others = kept.length_ns[~apart]
            share = 1 - self._most / (2 * len(kept))
            longer = int(np.quantile(others, share)) if len(others) else 0
            self.exact_ns = max(1000, int(self.exact_ns * _STEP), min(longer, self.exact_ns * 4))
            kept = fold(kept, self.exact_ns, self._kept_apart)
            apart = self._apart(kept)
        self._parts, self._kept = [kept], len(kept)
