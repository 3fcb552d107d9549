"""Condense the holds of a long recording: rows that stand for many holds of a thread.

Holds of one thread are merged where nothing happens between them that another thread waits for, or
that it waits for itself, and no pause is long. Without the GIL, and with a core for each thread,
that is exact: in which order a thread runs and pauses in between matters to nobody. With the GIL,
or fewer cores, threads then wait for each other more rarely, and longer, as often as they would
wait for longer holds: the replay with the GIL shows how well that fits the recording.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.sampling import SampleTable
from gilscope.predict.edges import are_joins
from gilscope.predict.recorded import LeftOut, Recorded, Seen, every_hold, seen_in
from gilscope.predict.surveying import blocks_of, cuts, limits, site_flags, surveyed
from gilscope.trace import SAMPLER_TABLE, HoldBlock

with suppress(ImportError):  # a package without what is written in C predicts nothing
    from gilscope._replay import condense

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gilscope.predict.surveying import Survey
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Progress = Callable[[float], None]

# Columns of struct row, as in native/predict/condense.h.
_COLUMNS = [
    "index",
    "request_ns",
    "acquire_ns",
    "release_ns",
    "thread",
    "site",
    "of_site",
    "held_ns",
    "count",
    "longest_ns",
    "waited_ns",
    "handover_ns",
    "is_stalled",
    "position",
    "most_holds",
    "held_before_ns",
    "long_before",
]
_NEVER = -1
_ROOM = 1 << 16


@dataclass(frozen=True, slots=True)
class Size:
    """Of more than `most_holds`, `rows` are made, about."""

    most_holds: int
    rows: int


# What is replayed takes some 600 bytes a row, and a second for some 100,000.
OF_A_FILE = Size(500_000, 300_000)
OF_A_REPORT = Size(20_000, 20_000)  # that of a short run is to stay quick


def recorded_as(trace: Trace, size: Size, progress: Progress, gil: int = 0) -> Recorded:
    """Return the holds of a GIL and the waits for locks: all of them, or condensed."""
    if trace.hold_count(gil) <= size.most_holds:
        return every_hold(trace, gil)
    return condensed(trace, gil, size.rows, progress)


def condensed(trace: Trace, gil: int, most_rows: int, progress: Progress) -> Recorded:
    """Return the holds of a GIL in about `most_rows` rows; each kept wait for a lock costs some.

    `progress` is told which part of it is done.
    """
    all_waits = trace.lock_waits()
    kept = _that_matter(trace, all_waits, most_rows // 8)
    waits = all_waits.select(kept)
    found = surveyed(trace, gil, lambda part: progress(part / 2))
    rows = _Rows(trace, gil, found, waits, most_rows)
    for block in blocks_of(trace, gil, lambda part: progress(0.5 + part / 2)):
        rows.add(block)
    recorded = rows.finish(waits)
    return (
        recorded
        if kept.all()
        else replace(recorded, left_out=_left_out(recorded, all_waits, ~kept))
    )


def _left_out(recorded: Recorded, waits: LockWaits, which: npt.NDArray[np.bool_]) -> LeftOut:
    begin_ns = waits.begin_ns[which]
    others_ns = recorded.held_within(begin_ns, waits.end_ns[which] - begin_ns)
    return LeftOut(waits.thread[which], begin_ns, others_ns)


def _that_matter(trace: Trace, waits: LockWaits, most: int) -> npt.NDArray[np.bool_]:
    """Choose waits that stay: for ends of threads, the first that each ended, and the longest.

    What others took is part of their thread's time off the GIL.
    """
    chosen = np.ones(len(waits), np.bool_)
    if len(waits) <= most:
        return chosen
    chosen = are_joins(trace, waits)
    chosen[np.unique(waits.waker, return_index=True)[1]] = True
    longest = np.argpartition(-waits.wait_ns, most)[:most]
    chosen[longest] = True
    return chosen


# --- merging --------------------------------------------------------------------------------------


class _Rows:
    def __init__(
        self, trace: Trace, gil: int, found: Survey, waits: LockWaits, most_rows: int
    ) -> None:
        self._sites = trace.sites(gil)
        self._samples = SampleTable(trace.samples(), gil, len(trace.paths(SAMPLER_TABLE)))
        self._handover_ns = found.handover_ns
        threads = trace.largest_thread + 1
        first, cut = cuts(trace, waits, threads)
        alone = np.concatenate([found.last, found.run, found.run - 1, found.beginnings])
        self._limits = limits(trace, found, most_rows)
        self._site_flags = site_flags(trace, gil, found, most_rows // 8)
        self._fixed = first, cut, np.unique(alone[alone >= 0])
        self._spread = found.spread
        self._open, self._at_cut = np.full(threads, _NEVER, np.int64), first[:-1].copy()
        # Rows, holds, when the last let go, what was held, which is alone, dice, the last long one.
        self._so_far = np.array([0, 0, 0, 0, 0, 88172645463325252, _NEVER])
        self._rows = np.empty((_ROOM, len(_COLUMNS)), np.int64)
        self._seen: list[tuple[Ints, ...]] = []

    def add(self, block: HoldBlock) -> None:
        self._grow(int(self._so_far[0]) + len(block))
        row_of = np.empty(len(block), np.int64)
        site = self._sites.known(block.site)
        condense(
            block.request_ns,
            block.acquire_ns,
            block.release_ns,
            block.thread,
            site,
            np.ascontiguousarray(block.held_ns),
            np.ascontiguousarray(block.count),
            np.ascontiguousarray(block.index),
            self._limits,
            self._site_flags,
            *self._fixed,
            self._spread,
            self._open,
            self._at_cut,
            self._so_far,
            self._rows,
            row_of,
        )
        hold, ns, path, of_site = seen_in(self._samples, block)
        sampled = np.zeros(len(hold), np.int64)
        holds, first = np.unique(hold, return_index=True)
        sampled[first] = block.held_ns[holds]  # each counts once
        self._seen.append((row_of[hold], ns, path, of_site, sampled))

    def _grow(self, size: int) -> None:
        if size <= len(self._rows):
            return
        grown = np.empty((max(size, len(self._rows) * 3 // 2), len(_COLUMNS)), np.int64)
        used = int(self._so_far[0])
        grown[:used] = self._rows[:used]
        self._rows = grown

    def finish(self, waits: LockWaits) -> Recorded:
        used = int(self._so_far[0])
        columns = dict(zip(_COLUMNS, self._rows[:used].T.copy(), strict=True))
        holds = HoldBlock(**{name: columns[name] for name in HoldBlock.__slots__})
        nothing = np.empty(0, np.int64)
        row, ns, path, site, sampled = (
            np.concatenate([nothing, *parts]) for parts in zip(*self._seen, strict=True)
        )
        held_ns = np.bincount(row, sampled, used).astype(np.int64)
        last_ns = int(self._so_far[2])
        knots = (
            np.append(columns["acquire_ns"], last_ns),
            np.append(columns["held_before_ns"], int(self._so_far[3])),
        )
        return Recorded(
            holds,
            waits,
            columns["is_stalled"] > 0,
            columns["waited_ns"],
            columns["handover_ns"],
            columns["of_site"],
            columns["position"],
            Seen(row, ns, path, site, held_ns),
            knots,
            self._handover_ns,
            int(self._so_far[1]),
        )
