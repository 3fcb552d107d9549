"""Stretches of a long recording that are drawn as recorded, hold by hold: where it matters most."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.judged import begins_s, window_ns
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from gilscope.analysis import Analysis
    from gilscope.picture.places import TracePlaces
    from gilscope.trace import HoldBlock, Trace

    Ints = npt.NDArray[np.int64]

MOST_OF_A_KIND = 6
SHARE_OF_SPANS = 0.35  # of all that a process may have: the rest is for the whole run
_SHARE_OF_WINDOW, _SHARE_OF_ONE = 0.4, 0.04  # of these
_AROUND = 0.25  # of its length, on either side of what a stretch is about
_LEAST_AROUND_NS = 20_000
_SPANS_OF_A_HOLD = 4  # it, the wait before it, the time between, and that of the GIL
_BINS = 1 << 16


class StretchKind(StrEnum):
    """What a stretch is there for."""

    FIRST = "first"  # how it begins
    WINDOW = "window"  # what the verdict is about, or the beginning of it
    STALL = "stall"
    WAIT = "wait"  # one of the longest for a GIL
    BLAME = "blame"  # a hold of a line that made others wait


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when, in ns."""

    kind: StretchKind
    from_ns: int
    to_ns: int


def shifted(some: Sequence[Stretch], by_ns: int) -> list[Stretch]:
    """Return them by another clock."""
    return [Stretch(each.kind, each.from_ns + by_ns, each.to_ns + by_ns) for each in some]


def stretches_of(
    trace: Trace, analysis: Analysis, places: TracePlaces, most_spans: int
) -> list[Stretch]:
    """Return stretches that have about SHARE_OF_SPANS of `most_spans`, the most important first.

    By the clock of the process. They may overlap. It goes through all holds once.
    """
    density = _Density(trace)
    room = SHARE_OF_SPANS * most_spans
    found = []
    for stretch in _wanted(trace, analysis, places, density.longest_waits()):
        is_window = stretch.kind is StretchKind.WINDOW
        most = room * (_SHARE_OF_WINDOW if is_window else _SHARE_OF_ONE)
        to_ns = density.until(stretch.from_ns, stretch.to_ns, most)
        if to_ns > stretch.from_ns:
            found.append(Stretch(stretch.kind, stretch.from_ns, to_ns))
    return found


def _wanted(
    trace: Trace, analysis: Analysis, places: TracePlaces, waits: Ints
) -> Iterator[Stretch]:
    """Yield what should be exact, each with something around it; the first of each kind first."""
    end_ns, before_s = trace.end_ns, begins_s(analysis)
    window = window_ns(analysis)
    if window is not None:
        yield Stretch(StretchKind.WINDOW, *window)
    yield Stretch(StretchKind.FIRST, trace.rows_from_ns(), end_ns)
    stalls = [
        (round((before_s + row.start_s) * 1e9), round((before_s + row.start_s + row.hold_s) * 1e9))
        for row in analysis.stalls[:MOST_OF_A_KIND]
    ]
    blamed = _blamed(trace, analysis, places)
    kinds = [
        [_around(kind, from_ns, to_ns, end_ns) for from_ns, to_ns in some]
        for kind, some in (
            (StretchKind.STALL, stalls),
            (StretchKind.BLAME, blamed),
            (StretchKind.WAIT, waits.tolist()),
        )
    ]
    for rank in range(MOST_OF_A_KIND):
        yield from (some[rank] for some in kinds if rank < len(some))


def _around(kind: StretchKind, from_ns: int, to_ns: int, end_ns: int) -> Stretch:
    more = max(_LEAST_AROUND_NS, round((to_ns - from_ns) * _AROUND))
    return Stretch(kind, max(0, from_ns - more), min(end_ns, to_ns + more))


def _blamed(trace: Trace, analysis: Analysis, places: TracePlaces) -> Iterator[tuple[int, int]]:
    """Of each line that made others wait, the hold in which it was seen most."""
    samples = trace.samples()
    place = places.of(SAMPLER_TABLE, samples["path_id"].astype(np.int64))
    for row in analysis.blame[:MOST_OF_A_KIND]:
        number = places.number(row.line)
        mine = samples[(place == number) & (number >= 0)]
        if not len(mine):
            continue
        acquired, first, count = np.unique(
            mine["acquire_ns"], return_index=True, return_counts=True
        )
        most = int(np.argmax(count))
        last = int(mine["time_ns"][mine["acquire_ns"] == acquired[most]].max())
        yield int(acquired[most]), max(last, int(mine["time_ns"][first[most]]))


class _Density:
    """How many spans there are about when, and the longest waits of all."""

    def __init__(self, trace: Trace) -> None:
        self._step_ns = max(1, -(-(trace.end_ns + 1) // _BINS))
        counts = np.zeros(_BINS + 1, np.int64)
        waits = np.zeros((0, 2), np.int64)
        for gil in trace.gils:
            for block in trace.hold_blocks(gil):
                at = np.clip(block.acquire_ns // self._step_ns, 0, _BINS)
                counts += np.bincount(at, minlength=_BINS + 1)
                waits = _longest(np.concatenate([waits, _longest(_waits(block))]))
        self._before = np.concatenate([[0], np.cumsum(counts)]) * _SPANS_OF_A_HOLD
        self._waits = waits

    def longest_waits(self) -> Ints:
        """Return from when to when the longest lasted: rows of two."""
        return self._waits

    def until(self, from_ns: int, to_ns: int, most: float) -> int:
        """Return up to when there are about so many spans; `to_ns` if there are fewer."""
        edges = np.arange(len(self._before)) * self._step_ns
        before = float(np.interp(from_ns, edges, self._before))
        if np.interp(to_ns, edges, self._before) - before <= most:
            return to_ns
        after = int(np.searchsorted(self._before, before + most, "right")) - 1
        low, high = self._before[after], self._before[after + 1]
        part = (before + most - low) / max(1, high - low)
        return min(to_ns, int((after + part) * self._step_ns))


def _waits(block: HoldBlock) -> Ints:
    return np.stack([block.request_ns, block.acquire_ns], axis=1)


def _longest(waits: Ints) -> Ints:
    length = waits[:, 1] - waits[:, 0]
    if len(waits) > MOST_OF_A_KIND:
        some = np.argpartition(-length, MOST_OF_A_KIND)[:MOST_OF_A_KIND]
        waits, length = waits[some], length[some]
    return waits[np.argsort(-length, kind="stable")]


class Kept:
    """Says of spans whether they are in a stretch; the least important stretch can be given up."""

    def __init__(self, stretches: Sequence[Stretch] = ()) -> None:
        self.stretches = list(stretches)
        self._merge()

    def give_up(self) -> None:
        self.stretches.pop()
        self._merge()

    def _merge(self) -> None:
        """Overlapping stretches are one."""
        merged: list[list[int]] = []
        for from_ns, to_ns in sorted((each.from_ns, each.to_ns) for each in self.stretches):
            if merged and from_ns <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], to_ns)
            else:
                merged.append([from_ns, to_ns])
        self._from, self._to = np.array(merged, np.int64).reshape(-1, 2).T

    def region(self, begin_ns: Ints) -> Ints:
        """Return how many stretches lie before each moment: what differs in that stays apart."""
        return np.searchsorted(self._to, begin_ns, "right")

    def has(self, begin_ns: Ints, end_ns: Ints) -> npt.NDArray[np.bool_]:
        """Say of spans whether any part of them is in a stretch."""
        if not len(self._to):
            return np.zeros(len(begin_ns), np.bool_)
        next_ = np.minimum(self.region(begin_ns), len(self._to) - 1)
        found: npt.NDArray[np.bool_] = (self._to[next_] > begin_ns) & (self._from[next_] <= end_ns)
        return found
