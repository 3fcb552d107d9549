"""Condense the holds of a long recording: rows that stand for many holds of a thread.

Holds of one thread are merged where nothing happens between them that another thread waits for, or
that it waits for itself, and no pause is long. Without the GIL, and with a core for each thread,
that is exact: in which order a thread runs and pauses in between matters to nobody. With the GIL,
or fewer cores, threads then wait for each other more rarely, and longer, as often as they would
wait for longer holds: the replay with the GIL shows how well that fits the recording.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.analysis.sampling import SampleTable
from gilscope.analysis.sourcecode import SourceCode
from gilscope.predict.edges import are_joins
from gilscope.predict.messages import sites_that_write
from gilscope.predict.recorded import PATIENCE, Recorded, Seen, every_hold, handover_ns, seen_in
from gilscope.trace import SAMPLER_TABLE, HoldBlock, SiteFlags

with suppress(ImportError):  # a package without what is written in C predicts nothing
    from gilscope._replay import condense, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Progress = Callable[[float], None]

# Columns of struct row, and flags of sites, as in native/predict/condense.h.
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
_FORCED, _ALONE = 1, 2
_WAITS = 64  # their sizes are counted by powers of two
_MOMENTS = 5  # columns of struct moments
_NEVER = -1
# A row is a thousandth of the run at most, so that what happens in some part of it stays there.
SPANS = 1_000
SHORT_NS = (
    1_000_000  # a longer wait for the GIL is one that matters by itself, if there are not too many
)
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
    waits = trace.lock_waits()
    waits = waits.select(_that_matter(trace, waits, most_rows // 8))
    found = _survey(trace, gil, lambda part: progress(part / 2))
    rows = _Rows(trace, gil, found, waits, most_rows)
    for block in _told(trace, gil, lambda part: progress(0.5 + part / 2)):
        rows.add(block)
    return rows.finish(waits)


def _told(trace: Trace, gil: int, progress: Progress) -> Iterator[HoldBlock]:
    done, total = 0, max(1, trace.hold_count(gil))
    for block in trace.hold_blocks(gil):
        yield block
        done += len(block)
        progress(done / total)


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


# --- what to merge --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Survey:
    """Of all holds: by thread, which is its last, from which on only it had the GIL, and how much its
    holds vary; the sizes of waits; how often each site; which holds threads began in; the median
    handover.
    """

    last: Ints
    run: Ints
    spread: npt.NDArray[np.float64]
    waits: Ints
    sites: Ints
    beginnings: Ints
    handover_ns: int


def _survey(trace: Trace, gil: int, progress: Progress) -> _Survey:
    threads, sites = trace.largest_thread + 1, len(trace.sites(gil))
    released, last, run = (np.full(threads, _NEVER, np.int64) for _ in range(3))
    moments = np.zeros((threads, _MOMENTS))
    waits, so_far = np.zeros(_WAITS, np.int64), np.array([0, _NEVER])
    by_site, handover, beginnings = np.zeros(sites, np.int64), 0, []
    starts_ns = np.sort([each.start_ns for each in trace.threads.values()])
    for block in _told(trace, gil, progress):
        within = (starts_ns >= block.acquire_ns[0]) & (starts_ns <= block.release_ns[-1])
        holding = np.searchsorted(block.acquire_ns, starts_ns[within], side="right") - 1
        beginnings.append(int(so_far[0]) + holding)
        handover = handover or handover_ns(block)
        survey(
            *(block.request_ns, block.acquire_ns, block.release_ns, block.thread),
            *(released, last, run, waits, moments, so_far),
        )
        by_site += np.bincount(trace.sites(gil).known(block.site), minlength=sites)
    nothing = np.empty(0, np.int64)
    beginnings_ = np.concatenate([nothing, *beginnings])
    return _Survey(last, run, _spread(moments), waits, by_site, beginnings_, handover)


def _spread(moments: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """By thread, from sums: how much holds and times off the GIL vary, 0 to 1 (exponentially)."""
    count, held, held_squared, off, off_squared = moments.T
    count = np.maximum(1, count)
    parts = [
        np.clip(squared / count / np.maximum(1, total / count) ** 2 - 1, 0, 1)
        for total, squared in ((held, held_squared), (off, off_squared))
    ]
    spread: npt.NDArray[np.float64] = np.sqrt((parts[0] + parts[1]) / 2)
    return spread


def _limits(trace: Trace, found: _Survey, most_rows: int) -> Ints:
    """Return what struct limits has: all of it grows with the recording."""
    lives_ns = sum(max(0, each.end_ns - each.start_ns) for each in trace.threads.values())
    lives_ns = max(lives_ns, trace.end_ns)
    longer = np.cumsum(found.waits[::-1])[::-1]  # than each power of two
    wait = int(np.searchsorted(-longer, -(most_rows // 8)))
    span_ns = max(trace.end_ns // SPANS, 4 * lives_ns // most_rows)
    interval_ns = trace.meta.switch_interval_ns
    return np.array(
        [
            max(1, 2 * trace.hold_count() // most_rows),
            span_ns,
            span_ns // 4,
            max(SHORT_NS, 1 << min(wait, 62)),
            max(interval_ns // 2, 8 * trace.end_ns // most_rows),
            max(round(PATIENCE * interval_ns), 4 * trace.end_ns // most_rows),
        ]
    )


def _cuts(trace: Trace, waits: LockWaits, threads: int) -> tuple[Ints, Ints]:
    """Return moments at which something happens to threads, by thread, then by time."""
    starts = [(each.thread, each.start_ns) for each in trace.threads.values()]
    begun = np.array(starts, np.int64).reshape(-1, 2)
    woken = waits.wake_ns > 0
    thread = np.concatenate([begun[:, 0], waits.thread, waits.thread[woken], waits.waker[woken]])
    wakes_ns = waits.wake_ns[woken]
    time_ns = np.concatenate([begun[:, 1], waits.begin_ns, wakes_ns, wakes_ns])
    kept = (thread >= 0) & (thread < threads)
    thread, time_ns = thread[kept], time_ns[kept]
    order = np.lexsort((time_ns, thread))
    first = np.searchsorted(thread[order], np.arange(threads + 1))
    return first, time_ns[order]


def _site_flags(trace: Trace, gil: int, found: _Survey, most: int) -> npt.NDArray[np.uint8]:
    sites = trace.sites(gil)
    flags = np.where((sites.flags & SiteFlags.FORCED) != 0, _FORCED, 0)
    writes = sites_that_write(sites, SourceCode(trace, Lines(trace)), gil)
    if int(found.sites[writes].sum()) <= most:  # more would not be looked at anyway
        flags[writes] |= _ALONE
    return flags.astype(np.uint8)


# --- merging --------------------------------------------------------------------------------------


class _Rows:
    def __init__(
        self, trace: Trace, gil: int, found: _Survey, waits: LockWaits, most_rows: int
    ) -> None:
        self._sites = trace.sites(gil)
        self._samples = SampleTable(trace.samples(), gil, len(trace.paths(SAMPLER_TABLE)))
        self._handover_ns = found.handover_ns
        threads = trace.largest_thread + 1
        first, cut = _cuts(trace, waits, threads)
        alone = np.concatenate([found.last, found.run, found.run - 1, found.beginnings])
        self._limits = _limits(trace, found, most_rows)
        self._site_flags = _site_flags(trace, gil, found, most_rows // 8)
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
            *(block.request_ns, block.acquire_ns, block.release_ns, block.thread, site),
            *map(np.ascontiguousarray, (block.held_ns, block.count, block.index)),
            self._limits,
            self._site_flags,
            *self._fixed,
            self._spread,
            *(self._open, self._at_cut, self._so_far, self._rows, row_of),
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
