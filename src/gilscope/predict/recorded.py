"""What was recorded of one GIL, as it is replayed: every hold, or rows that stand for many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.asleep import Waited
from gilscope.analysis.sampling import SampleTable, slice_times
from gilscope.trace import SAMPLER_TABLE, HoldBlock, SiteFlags

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

# A hold that goes on for so many switch intervals while another thread waits could not let go.
PATIENCE = 1.1


@dataclass(frozen=True, slots=True)
class Seen:
    """What samples saw in holds: int64 columns of equal length, but for `held_ns`.

    `row` is that of the hold, `ns` how long of it the sample stands for, `path` the sampler's,
    `site` where the hold ended. `held_ns`, by row: how long the holds that were sampled took.
    """

    row: Ints
    ns: Ints
    path: Ints
    site: Ints
    held_ns: Ints


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Waits for locks that are not among the events: `thread` waited from `begin_ns` on, and others
    had the GIL for `others_ns` of that. With a GIL that is how it takes turns with them.
    """

    thread: Ints
    begin_ns: Ints
    others_ns: Ints


@dataclass(frozen=True, slots=True)
class Recorded:
    """The holds of a GIL, of which each row may be many of one thread, and waits for locks.

    Rows that were merged begin with their first hold and end with their last, and those of several
    threads overlap; what lies within them belongs to nobody else's life. All columns are by row:
    `waited_ns` is how long its thread waited for the GIL in between, `handover_ns` how long of that
    nobody had it. `of_site`: where one of its holds ended, as likely as that took long; `position`
    says which of all it was. `stalls`: it did not let go though another waited.
    `knots` say for how long somebody had had the GIL until when (ns, ns).
    """

    holds: HoldBlock
    waits: LockWaits
    stalls: Mask
    waited_ns: Ints
    handover_ns: Ints
    of_site: Ints
    position: Ints
    seen: Seen
    knots: tuple[Ints, Ints]
    median_handover_ns: int
    count: int  # of the holds that were recorded
    left_out: LeftOut | None = None

    @property
    def is_condensed(self) -> bool:
        return len(self.holds) < self.count

    @property
    def is_merged(self) -> Mask:
        """By row: whether it stands for several holds, with pauses between them."""
        merged: Mask = self.holds.held_ns < self.holds.release_ns - self.holds.acquire_ns
        return merged

    @property
    def lasted_ns(self) -> Ints:
        """By row: how long what samples stand for takes, all of it."""
        holds = self.holds
        return holds.held_ns if self.is_condensed else holds.release_ns - holds.acquire_ns

    def held_within(self, begin_ns: Ints, length_ns: Ints) -> Ints:
        """Return for how long somebody had the GIL in each of some stretches of time."""
        times, held = self.knots
        until, before = (np.interp(at, times, held) for at in (begin_ns + length_ns, begin_ns))
        within: Ints = (until - before).astype(np.int64)
        return within

    def waited_for_gil(self) -> Waited:
        """Return what each thread waited for the GIL until when; within a row, at its end."""
        holds, within = self.holds, self.waited_ns > 0
        if not within.any():
            return Waited(holds.thread, holds.request_ns, holds.acquire_ns)
        end_ns = holds.release_ns[within]
        thread = np.concatenate([holds.thread, holds.thread[within]])
        begin_ns = np.concatenate([holds.request_ns, end_ns - self.waited_ns[within]])
        end_ns = np.concatenate([holds.acquire_ns, end_ns])
        order = np.lexsort((begin_ns, thread))
        return Waited(thread[order], begin_ns[order], end_ns[order])

    def forced(self, trace: Trace, gil: int = 0) -> Mask:
        """Say of each row whether another thread asked for its end."""
        sites = trace.sites(gil)
        flags = sites.flags[sites.known(self.holds.site)]
        forced: Mask = (flags & SiteFlags.FORCED) != 0
        return forced


def every_hold(trace: Trace, gil: int) -> Recorded:
    """Return it with a row for each."""
    holds = joined(list(trace.hold_blocks(gil)))
    nothing = np.zeros(len(holds), np.int64)
    edges = np.stack([holds.acquire_ns, holds.release_ns], axis=1).ravel()
    held = np.repeat(np.concatenate([[0], np.cumsum(holds.held_ns)]), 2)[1:-1]
    return Recorded(
        holds,
        trace.lock_waits(),
        _stalls(holds, round(PATIENCE * trace.meta.switch_interval_ns)),
        nothing,
        nothing,
        holds.site,
        np.arange(len(holds)),
        _seen(trace, holds, gil),
        (edges, held),
        handover_ns(holds),
        len(holds),
    )


def joined(blocks: list[HoldBlock]) -> HoldBlock:
    empty = np.empty(0, np.int64)
    names = HoldBlock.__slots__
    columns = (np.concatenate([empty, *(getattr(each, name) for each in blocks)]) for name in names)
    return HoldBlock(*columns)


def _seen(trace: Trace, holds: HoldBlock, gil: int) -> Seen:
    table = SampleTable(trace.samples(), gil, len(trace.paths(SAMPLER_TABLE)))
    row, ns, path, site = seen_in(table, holds)
    sampled = np.bincount(row, minlength=len(holds)) > 0
    return Seen(row, ns, path, site, np.where(sampled, holds.held_ns, 0))


def seen_in(table: SampleTable, holds: HoldBlock) -> tuple[Ints, Ints, Ints, Ints]:
    """Return of each sample in some holds which of them, for how long, its path, and the site."""
    if not len(holds):
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing, nothing
    samples = table.within(holds)
    start, end = slice_times(holds.acquire_ns, holds.release_ns, samples)
    return samples.hold, end - start, samples.path, holds.site[samples.hold]


def _stalls(holds: HoldBlock, interval_ns: int) -> Mask:
    """Which holds went on for an interval while another thread waited."""
    acquire, release, size = holds.acquire_ns, holds.release_ns, len(holds)
    waited = np.flatnonzero(holds.request_ns < acquire)
    request = holds.request_ns[waited]
    hold = np.searchsorted(acquire, request, side="right") - 1
    inside = (hold >= 0) & (request < release[hold])
    since = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(since, hold[inside], request[inside])
    # Who waits from a hold before this one until a hold after it has waited all through it.
    change = np.bincount(hold + 1, minlength=size + 1) - np.bincount(waited, minlength=size + 1)
    all_through = np.cumsum(change)[:size] > 0
    since = np.where(all_through, acquire, since)
    stalls: Mask = release - np.minimum(since, release) > interval_ns
    return stalls


def handover_ns(holds: HoldBlock) -> int:
    """Return the median time from a release to the acquire of a thread that waited."""
    waited = np.flatnonzero(holds.request_ns[1:] < holds.release_ns[:-1])
    if not len(waited):
        return 0
    return int(np.median(holds.acquire_ns[1:][waited] - holds.release_ns[:-1][waited]))
