"""Walk the line of holds of one GIL from its end to its beginning, block by block.

Backward, because the row of a wait is the hold that ended it: seen from the end, whatever waited
during a block is known when the block is reached, and no more waits are open than there are
threads. The work is linear, memory is that of a block.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.ownwaits import kernels_threads
from gilscope.trace import HoldBlock, OpenState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Waits that overlap a block. Those that end in it come first, in the order of their end.

    `row` is the hold that ended the wait, or the length of the block for those that go on;
    `inside` is the hold during which the wait began, or -1 where it began in a gap between
    holds, and `after` is the first hold that it overlaps from that hold's beginning on.
    """

    row: Ints
    request_ns: Ints
    thread: Ints
    after: Ints
    inside: Ints
    ending: int  # how many of them end in this block


@dataclass(frozen=True, slots=True)
class Stretch:
    """A block of holds and the waits that overlap it.

    `hold_ns` is per row of holds; `waiters` those who already waited when it began, `joined` those
    who came during it; `blame_ns` is the integral of their number over the hold, in thread-ns.
    """

    holds: HoldBlock
    hold_ns: Ints
    waiting: Waiting
    waiters: Ints
    joined: Ints
    blame_ns: Ints
    is_open: bool  # made of those who held and waited when the recording ended
    still_waiting: int  # the last rows are none: they stand for those who waited then

    def __len__(self) -> int:
        return len(self.holds)


@dataclass(slots=True)
class _Carry:
    """Waits that go on across the beginning of a block, into the earlier one."""

    request_ns: Ints
    thread: Ints


@dataclass(frozen=True, slots=True)
class Ending:
    """Who held and who waited when the recording ended, as holds that end then.

    A wait becomes a hold of no length at the end; these are the last `waiting` rows. `path` has
    the path of each row's site.
    """

    holds: HoldBlock
    path: Ints
    waiting: int


def stretches(blocks: Iterable[HoldBlock], ending: Ending) -> Iterator[Stretch]:
    """Yield stretches, last first, for blocks that come last first."""
    nothing = np.empty(0, np.int64)
    carry = _Carry(nothing, nothing)
    if len(ending.holds):
        stretch, carry = _stretch(ending.holds, carry)
        yield replace(stretch, is_open=True, still_waiting=ending.waiting)
    for block in blocks:
        stretch, carry = _stretch(block, carry)
        yield stretch


def _stretch(block: HoldBlock, carry: _Carry) -> tuple[Stretch, _Carry]:
    size = len(block)
    acquire, release = block.acquire_ns, block.release_ns
    ended = np.flatnonzero(block.request_ns < acquire)
    row = np.concatenate([ended, np.full(len(carry.thread), size)])
    request = np.concatenate([block.request_ns[ended], carry.request_ns])
    thread = np.concatenate([block.thread[ended], carry.thread])
    hold = np.searchsorted(acquire, request, side="right") - 1
    # hold -1 is the gap before the block: any release will do, the test below says no to it.
    partly = (hold >= 0) & (request < release[hold])
    inside = np.where(partly, hold, -1)
    waiting = Waiting(row, request, thread, hold + 1, inside, len(ended))
    hold_ns = block.held_ns
    waiters = _count(waiting.after, size + 1) - _count(row, size + 1)
    waiters = np.cumsum(waiters)[:size]
    within = inside[partly]
    joined = _count(within, size)
    share = _held(release[within] - request[partly], within, block)
    # Sums of whole numbers below 2**53 are exact in float64, bincount's only weights.
    part = np.bincount(within, weights=share, minlength=size).astype(np.int64)
    blame = waiters * hold_ns + part
    stretch = Stretch(
        block, hold_ns, waiting, waiters, joined, blame, is_open=False, still_waiting=0
    )
    return stretch, _carried(request, thread, hold < 0)


def _held(share: Ints, within: Ints, block: HoldBlock) -> Ints:
    """Return how much of the last part of a hold, of some length, somebody held the GIL.

    All of it; but of turns it is not known when they were. A wait begins during them only where
    two cores read their clocks in the wrong order.
    """
    held, length = block.held_ns[within], block.release_ns[within] - block.acquire_ns[within]
    if (held == length).all():
        return share
    part: Ints = (share * (held / np.maximum(1, length))).astype(np.int64)
    return part


def _count(values: Ints, size: int) -> Ints:
    return np.bincount(values, minlength=size)


def _carried(request: Ints, thread: Ints, earlier: npt.NDArray[np.bool_]) -> _Carry:
    rows = np.flatnonzero(earlier)
    # A thread waits once at a time. Where damage says otherwise, its wait that ends first counts:
    # the others would only pile up.
    _, first = np.unique(thread[rows], return_index=True)
    rows = rows[np.sort(first)]
    return _Carry(request[rows], thread[rows])


def open_holds(trace: Trace, gil: int, sites: int) -> Ending:
    """Return those who held and waited at the end; their sites are numbered from `sites` on."""
    rows = trace.open[trace.open["gil"] == gil]
    last = next(iter(trace.hold_blocks(gil, max_rows=4096, backward=True)), None)
    holding = rows[rows["state"] == OpenState.HOLDING][:1]
    waiting = rows[rows["state"] == OpenState.WAITING]
    waiting = waiting[~np.isin(waiting["thread"], kernels_threads(trace))]
    if last is not None:
        # Written while the program ran on: what has a row meanwhile is no longer open.
        holding = holding[holding["acquire_ns"].astype(np.int64) >= last.release_ns[-1]]
        waiting = waiting[~_has_row(waiting, last)]
    _, once = np.unique(waiting["thread"], return_index=True)
    rows = np.concatenate([holding, waiting[once]])
    end = np.full(len(rows), trace.end_ns, np.int64)
    acquire = end.copy()
    acquire[: len(holding)] = holding["acquire_ns"]
    block = HoldBlock(
        index=np.full(len(rows), -1, np.int64),
        request_ns=rows["request_ns"].astype(np.int64),
        acquire_ns=acquire,
        release_ns=end,
        thread=rows["thread"].astype(np.int64),
        site=np.arange(sites, sites + len(rows)),
        count=np.broadcast_to(np.int64(1), len(rows)),
        held_ns=end - acquire,
        longest_ns=end - acquire,
    )
    return Ending(block, rows["path_id"].astype(np.int64), len(rows) - len(holding))


def _has_row(rows: npt.NDArray[np.void], block: HoldBlock) -> npt.NDArray[np.bool_]:
    """Mark the waits that began before their thread last let go."""
    newest: dict[int, int] = dict(
        zip(block.thread.tolist(), block.release_ns.tolist(), strict=True)
    )
    waits = zip(rows["thread"].tolist(), rows["request_ns"].tolist(), strict=True)
    return np.array([newest.get(thread, 0) > since for thread, since in waits], np.bool_)


class Queues:
    """How many waited, moment by moment, inside chosen holds of a stretch."""

    def __init__(self, stretch: Stretch, holds: npt.NDArray[np.bool_]) -> None:
        waiting = stretch.waiting
        chosen = (waiting.inside >= 0) & holds[waiting.inside]
        self._waiters = stretch.waiters
        self._begin = stretch.holds.acquire_ns
        self._requests = np.sort(waiting.request_ns[chosen])
        # Sums may wrap around at 2**64, but the differences that are taken are right again.
        self._sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._requests)])

    def first(self, hold: Ints) -> Ints:
        """When somebody first waited in each hold; their number must not be 0."""
        if not len(self._requests):
            return self._begin[hold]
        at = np.searchsorted(self._requests, self._begin[hold], side="left")
        joined = self._requests[np.minimum(at, len(self._requests) - 1)]
        return np.where(self._waiters[hold] > 0, self._begin[hold], joined)

    def length(self, hold: Ints, time_ns: Ints) -> Ints:
        """Count who waited at a moment in each hold."""
        upto = np.searchsorted(self._requests, time_ns, side="left")
        before = np.searchsorted(self._requests, self._begin[hold], side="left")
        length: Ints = self._waiters[hold] + upto - before
        return length

    def integral(self, hold: Ints, start_ns: Ints, end_ns: Ints) -> Ints:
        """Return the thread-nanoseconds waited between two moments in each hold."""
        joined = self._joined(hold, end_ns) - self._joined(hold, start_ns)
        total: Ints = self._waiters[hold] * (end_ns - start_ns) + joined
        return total

    def _joined(self, hold: Ints, time_ns: Ints) -> Ints:
        upto = np.searchsorted(self._requests, time_ns, side="left")
        before = np.searchsorted(self._requests, self._begin[hold], side="left")
        waited: Ints = time_ns * (upto - before) - (self._sums[upto] - self._sums[before])
        return waited


def known_sites(blocks: Iterable[HoldBlock], sites: int) -> Iterator[HoldBlock]:
    """Give holds whose site the trace does not know the unknown site, 0."""
    for block in blocks:
        wrong = block.site >= sites
        if wrong.any():
            yield replace(block, site=np.where(wrong, 0, block.site))
        else:
            yield block
