"""Who had the GIL for the longest part of each single wait."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.stretch import open_holds
from gilscope.export.slices import SliceKind
from gilscope.trace.placed import BLOCK_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.export.slices import Slices
    from gilscope.trace import HoldBlock, Trace

    Ints = npt.NDArray[np.int64]


def with_culprits(trace: Trace, gil: int, slices: Slices) -> Slices:
    """Fill in `by` and `by_ns` of single waits: the middle of what the hold has of the wait."""
    waits = np.flatnonzero(slices.kind == SliceKind.WAIT)
    if not len(waits):
        return slices
    begin, end = slices.begin_ns[waits], slices.end_ns[waits]
    longest, thread, at = (np.zeros(len(waits), np.int64) for _ in range(3))
    for block in _blocks(trace, gil):
        over = np.flatnonzero((begin < block.release_ns[-1]) & (end > block.acquire_ns[0]))
        if not len(over):
            continue
        row, length = _longest_hold(block, begin[over], end[over])
        better = length > longest[over]
        over, row = over[better], row[better]
        longest[over], thread[over] = length[better], block.thread[row]
        since = np.maximum(block.acquire_ns[row], begin[over])
        at[over] = (since + np.minimum(block.release_ns[row], end[over])) // 2
    by, by_ns = slices.by.copy(), slices.by_ns.copy()
    by[waits], by_ns[waits] = thread, at
    return replace(slices, by=by, by_ns=by_ns)


def _blocks(trace: Trace, gil: int) -> Iterator[HoldBlock]:
    yield from trace.hold_blocks(gil, max_rows=BLOCK_ROWS)
    ending = open_holds(trace, gil, 0)
    holding = ending.holds.select(slice(0, len(ending.holds) - ending.waiting))
    if len(holding):
        yield holding


def _longest_hold(block: HoldBlock, begin_ns: Ints, end_ns: Ints) -> tuple[Ints, Ints]:
    """Return which hold of a block overlaps each wait for longest, and for how long."""
    first = np.searchsorted(block.release_ns, begin_ns, side="right")
    last = np.searchsorted(block.acquire_ns, end_ns, side="left") - 1
    first = np.minimum(first, len(block) - 1)
    # Only the holds at both ends of a wait may reach beyond it.
    best, length = first, _overlap(block, first, begin_ns, end_ns)
    for row in (np.maximum(last, first), _longest_between(block, first + 1, last)):
        other = _overlap(block, row, begin_ns, end_ns)
        best, length = np.where(other > length, row, best), np.maximum(other, length)
    return best, length


def _overlap(block: HoldBlock, row: Ints, begin_ns: Ints, end_ns: Ints) -> Ints:
    upto = np.minimum(block.release_ns[row], end_ns)
    overlap: Ints = np.maximum(0, upto - np.maximum(block.acquire_ns[row], begin_ns))
    return overlap


def _longest_between(block: HoldBlock, low: Ints, high: Ints) -> Ints:
    """Return the longest hold among the rows [low, high) of each wait; `low` where there is none.

    Of each power of two the longest hold of so many in a row is known: two of those, which may
    overlap, are all that a range has.
    """
    length = block.release_ns - block.acquire_ns
    found = np.minimum(low, len(block) - 1)
    span = high - low
    best = np.arange(len(block))
    step = 1
    while step <= int(span.max(initial=0)):
        here = np.flatnonzero((span >= step) & (span < 2 * step))
        left, right = best[low[here]], best[high[here] - step]
        found[here] = np.where(length[right] > length[left], right, left)
        if 2 * step > len(block):
            break
        one, two = best[: len(best) - step], best[step:]
        best = np.where(length[two] > length[one], two, one)
        step *= 2
    return found
