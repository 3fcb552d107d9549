"""What threads ran while they had the GIL, and where they waited for it, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.sampling import SampleTable, slice_times
from gilscope.analysis.stacks import seen_in_holds
from gilscope.analysis.stretch import open_holds
from gilscope.trace import SAMPLER_TABLE
from gilscope.trace.placed import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.trace import Trace
    from gilscope.trace.placed import PlacedBlock

    Ints = npt.NDArray[np.int64]

_MOST_PENDING = 2_000_000


@dataclass(frozen=True, slots=True)
class Activity:
    """Sums by thread, part of the time, and place; int64 columns of equal length, in that order.

    In the part of the time that begins at `begin_ns`, `thread` had the GIL (or waited for it,
    where `waits` is 1) for `ns` while it was at `path` of `trace.paths(table)`. What reaches into
    the next part counts where it begins.
    """

    thread: Ints
    begin_ns: Ints
    waits: Ints
    table: Ints
    path: Ints
    ns: Ints

    def __len__(self) -> int:
        return len(self.ns)


def activity_of(trace: Trace, part_ns: int) -> Activity:
    """Sum up all holds and waits of a process, of all its GILs."""
    sums = _Sums(max(1, part_ns))
    for gil in trace.gils:
        for columns in _rows(trace, gil):
            sums.add(columns)
    columns = sums.columns()
    order = np.lexsort((columns[4], columns[3], columns[2], columns[1], columns[0]))
    thread, part, waits, table, path, ns = (each[order] for each in columns)
    return Activity(thread, part * max(1, part_ns), waits, table, path, ns)


class _Sums:
    def __init__(self, part_ns: int) -> None:
        self._part_ns = part_ns
        self._parts: list[Ints] = [np.zeros((6, 0), np.int64)]
        self._pending = 0

    def add(self, columns: Ints) -> None:
        columns[1] //= self._part_ns
        self._parts.append(_summed(columns))
        self._pending += self._parts[-1].shape[1]
        if self._pending > _MOST_PENDING:
            self._parts = [self.columns()]
            self._pending = 0

    def columns(self) -> Ints:
        return _summed(np.concatenate(self._parts, axis=1))


def _summed(columns: Ints) -> Ints:
    """Add up the last column where all others are the same."""
    if not columns.shape[1]:
        return columns
    keys, inverse = np.unique(columns[:5], axis=1, return_inverse=True)
    ns = np.zeros(keys.shape[1], np.int64)
    np.add.at(ns, inverse.reshape(-1), columns[5])
    return np.concatenate([keys, ns[None]])


def _rows(trace: Trace, gil: int) -> Iterator[Ints]:
    """Yield what happened, as rows of: thread, time, waits, table, path, ns."""
    seen = SampleTable(seen_in_holds(trace), gil, len(trace.paths(SAMPLER_TABLE)))
    places = Places(trace, gil)
    for block in places.blocks():
        yield _of_block(gil, block, seen)
    ending = open_holds(trace, gil, 0)
    holds = ending.holds
    if len(holds):
        path = np.where(ending.path < len(trace.paths(gil)), ending.path, 0)
        path = np.where(path == 0, places.last_path(holds.thread), path)
        waits = (np.arange(len(holds)) >= len(holds) - ending.waiting).astype(np.int64)
        begin = np.where(waits == 1, holds.request_ns, holds.acquire_ns)
        table = np.full(len(holds), gil)
        yield np.stack([holds.thread, begin, waits, table, path, holds.release_ns - begin])


def _of_block(gil: int, block: PlacedBlock, seen: SampleTable) -> Ints:
    holds, waited = block.holds, block.waited
    found = seen.within(holds)
    start, end = slice_times(holds.acquire_ns, holds.release_ns, found)
    length = np.maximum(1, holds.release_ns - holds.acquire_ns)[found.hold]
    share = ((end - start) * (holds.held_ns[found.hold] / length)).astype(np.int64)
    # What rounding leaves of a hold remains where it ended.
    rest = holds.held_ns.copy()
    np.subtract.at(rest, found.hold, share)
    zero = np.zeros(len(holds), np.int64)
    parts = (
        (holds.thread, holds.acquire_ns, zero, zero + gil, block.path, rest),
        (
            holds.thread[found.hold],
            start,
            zero[found.hold],
            zero[found.hold] + SAMPLER_TABLE,
            found.path,
            share,
        ),
        (
            holds.thread[waited],
            holds.request_ns[waited],
            zero[waited] + 1,
            zero[waited] + gil,
            block.wait_path,
            block.wait_ns,
        ),
    )
    rows = np.concatenate([np.stack(part) for part in parts], axis=1)
    some: Ints = rows[:, rows[5] > 0]
    return some
