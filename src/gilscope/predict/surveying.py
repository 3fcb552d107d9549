"""What to know of all holds before they are merged: how much, and where not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.analysis.sourcecode import SourceCode
from gilscope.predict.ended import sites_of_joins
from gilscope.predict.messages import sites_that_write
from gilscope.predict.recorded import PATIENCE, handover_ns
from gilscope.trace import SiteFlags

with suppress(ImportError):  # a package without what is written in C predicts nothing
    from gilscope._replay import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from gilscope.trace import HoldBlock, LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Progress = Callable[[float], None]

_FORCED, _ALONE = 1, 2  # flags of sites, as in native/predict/condense.h
_WAITS = 64  # their sizes are counted by powers of two
_MOMENTS = 5  # columns of struct moments
_NEVER = -1
# A row is a thousandth of the run at most, so that what happens in some part of it stays there.
SPANS = 1_000
# A longer wait for the GIL is one that matters by itself, if there are not too many.
SHORT_NS = 1_000_000


def blocks_of(trace: Trace, gil: int, progress: Progress) -> Iterator[HoldBlock]:
    """Stream the holds of a GIL; `progress` is told which part is done."""
    done, total = 0, max(1, trace.hold_count(gil))
    for block in trace.hold_blocks(gil):
        yield block
        done += len(block)
        progress(done / total)


@dataclass(frozen=True, slots=True)
class Survey:
    """Of all holds: by thread, which is its last, from which on only it had the GIL, how much its
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


def surveyed(trace: Trace, gil: int, progress: Progress) -> Survey:
    """Go through all holds once."""
    threads, sites = trace.largest_thread + 1, len(trace.sites(gil))
    released, last, run = (np.full(threads, _NEVER, np.int64) for _ in range(3))
    moments = np.zeros((threads, _MOMENTS))
    waits, so_far = np.zeros(_WAITS, np.int64), np.array([0, _NEVER])
    by_site, handover, beginnings = np.zeros(sites, np.int64), 0, []
    starts_ns = np.sort([each.start_ns for each in trace.threads.values()])
    for block in blocks_of(trace, gil, progress):
        within = (starts_ns >= block.acquire_ns[0]) & (starts_ns <= block.release_ns[-1])
        holding = np.searchsorted(block.acquire_ns, starts_ns[within], side="right") - 1
        beginnings.append(int(so_far[0]) + holding)
        handover = handover or handover_ns(block)
        survey(
            block.request_ns,
            block.acquire_ns,
            block.release_ns,
            block.thread,
            released,
            last,
            run,
            waits,
            moments,
            so_far,
        )
        by_site += np.bincount(trace.sites(gil).known(block.site), minlength=sites)
    nothing = np.empty(0, np.int64)
    beginnings_ = np.concatenate([nothing, *beginnings])
    return Survey(last, run, _spread(moments), waits, by_site, beginnings_, handover)


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


def limits(trace: Trace, found: Survey, most_rows: int) -> Ints:
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


def cuts(trace: Trace, waits: LockWaits, threads: int) -> tuple[Ints, Ints]:
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


def site_flags(trace: Trace, gil: int, found: Survey, most: int) -> npt.NDArray[np.uint8]:
    """Say of each site how holds that end there are merged, if there are no more than `most`."""
    sites = trace.sites(gil)
    flags = np.where((sites.flags & SiteFlags.FORCED) != 0, _FORCED, 0).astype(np.uint8)
    writes = sites_that_write(sites, SourceCode(trace, Lines(trace)))
    for some in (writes, sites_of_joins(trace)):
        if int(found.sites[some].sum()) <= most:  # more would not be looked at anyway
            flags[some] |= _ALONE
    return flags
