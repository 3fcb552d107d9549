"""The newest rows of a growing trace; older ones are forgotten."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace import SITE_TURNS, HoldBlock
from gilscope.trace.layout import CPU, HOLD, TURNS

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_NO_HOLDS = HoldBlock(*(np.zeros(0, np.int64) for _ in fields(HoldBlock)))
# Threads are looked at so often, and so many at a time (native/collector/usage.c).
_LOOK_NS = 100_000_000
_LOOKS_PER_ROUND = 200


def rows_of(data: bytes, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """Return the rows that a payload has; it may have a part of another at its end."""
    return np.frombuffer(data, dtype, len(data) // dtype.itemsize)


class RecentRows:
    """Rows of one kind, by a field that tells until when they matter."""

    def __init__(self, dtype: np.dtype[np.void], until: str) -> None:
        self._until = until
        self.rows = np.zeros(0, dtype)

    def add(self, data: bytes) -> None:
        self.rows = np.concatenate([self.rows, rows_of(data, self.rows.dtype)])

    def forget(self, before_ns: int) -> None:
        kept = self.rows[self._until] >= before_ns
        if not kept.all():
            self.rows = self.rows[kept]


class RecentHolds:
    """The newest holds of one GIL.

    `unknown` are stretches (ns) of which rows were lost, because they were read too late.
    """

    def __init__(self) -> None:
        self.block = _NO_HOLDS
        self.unknown: list[tuple[int, int]] = []
        self._turns = np.zeros(0, TURNS)
        self._next_row: int | None = None
        self._last_ns = 0

    def add_turns(self, data: bytes) -> None:
        self._turns = np.concatenate([self._turns, rows_of(data, TURNS)])

    def add(self, first_row: int, data: bytes) -> None:
        rows = rows_of(data, HOLD)
        seen = max(0, self._next_row - first_row) if self._next_row is not None else 0
        rows, first_row = rows[seen:], first_row + seen
        if not len(rows):
            return
        block = self._explained(first_row, rows)
        if self._next_row is not None and first_row > self._next_row and len(block):
            self.unknown.append((self._last_ns, int(block.acquire_ns[0])))
        self._next_row = first_row + len(rows)
        if not len(block):
            return
        self._last_ns = int(block.release_ns[-1])
        self.block = _joined(self.block, block)

    def _explained(self, first_row: int, rows: npt.NDArray[np.void]) -> HoldBlock:
        """Say of rows that stand for many holds what these are; leave out what makes no sense."""
        request, acquire, release, thread, site = (
            rows[name].astype(np.int64) for name in HOLD.names or ()
        )
        index = first_row + np.arange(len(rows), dtype=np.int64)
        held = release - acquire
        block = HoldBlock(
            index, request, acquire, release, thread, site, np.ones_like(held), held, held.copy()
        )
        many = site == SITE_TURNS
        keep = (request <= acquire) & (acquire <= release) & (request >= 0)
        if many.any():
            block, explained = self._with_turns(block, first_row)
            keep &= ~many | explained
        return block if keep.all() else block.select(keep)

    def _with_turns(
        self, block: HoldBlock, first_row: int
    ) -> tuple[HoldBlock, npt.NDArray[np.bool_]]:
        stop = first_row + len(block)
        number = self._turns["row"].astype(np.int64)
        mine = self._turns[(number >= first_row) & (number < stop)]
        self._turns = self._turns[number >= stop]
        at = mine["row"].astype(np.int64) - first_row
        held, count = block.held_ns.copy(), block.count.copy()
        longest, site = block.longest_ns.copy(), block.site.copy()
        held[at] = np.minimum(mine["held_ns"].astype(np.int64), held[at])
        count[at], longest[at] = mine["count"], mine["longest_hold_ns"]
        site[at] = mine["site"]
        explained = np.zeros(len(block), np.bool_)
        explained[at] = True
        block = replace(block, held_ns=held, count=count, longest_ns=longest, site=site)
        return block, explained

    def since(self, time_ns: int) -> HoldBlock:
        """Return the holds that ended after a moment."""
        first = int(np.searchsorted(self.block.release_ns, time_ns, side="right"))
        return self.block.select(slice(first, None))

    def forget(self, before_ns: int) -> None:
        if len(self.block) and int(self.block.release_ns[0]) < before_ns:
            self.block = self.since(before_ns)
        self.unknown = [each for each in self.unknown if each[1] >= before_ns]


def _joined(one: HoldBlock, other: HoldBlock) -> HoldBlock:
    if not len(one):
        return other
    pairs = ((getattr(one, each.name), getattr(other, each.name)) for each in fields(HoldBlock))
    return HoldBlock(*(np.concatenate(pair) for pair in pairs))


class RecentClocks:
    """The CPU time of threads at recent moments, from looks at their clocks.

    A look that found nothing new has left no row: so what a row says is of the time since the look
    before it, not of all the time since the row before it.
    """

    def __init__(self) -> None:
        self._knots: dict[int, list[tuple[int, int]]] = {}

    def add(self, data: bytes) -> int:
        """Add the rows of a CPU chunk; return when the last look was."""
        rows = rows_of(data, CPU)
        columns = (rows[name].tolist() for name in ("thread", "time_ns", "cpu_ns"))
        for thread, time_ns, cpu_ns in zip(*columns, strict=True):
            self._knots.setdefault(thread, []).append((time_ns, cpu_ns))
        return int(rows["time_ns"].max(initial=0))

    def begin(self, thread: int, start_ns: int) -> None:
        """Note when a thread began, without any CPU time."""
        self._knots.setdefault(thread, [(start_ns, 0)])

    def end(self, thread: int, end_ns: int, cpu_ns: int) -> None:
        knots = self._knots.setdefault(thread, [])
        if not knots or knots[-1][0] < end_ns:
            knots.append((end_ns, max(cpu_ns, knots[-1][1] if knots else 0)))

    def used_ns(self, thread: int, since_ns: int, until_ns: int) -> float:
        """Return the CPU time that a thread used between two moments."""
        knots = self._knots.get(thread, [])
        if len(knots) < 2:
            return 0.0
        grain_ns = _LOOK_NS * 2 * (1 + len(self._knots) // _LOOKS_PER_ROUND)
        until = _interpolated(knots, until_ns, grain_ns)
        return max(0.0, until - _interpolated(knots, since_ns, grain_ns))

    def forget(self, before_ns: int) -> None:
        """Forget what is older, but for the last row of each thread."""
        for knots in self._knots.values():
            keep = bisect_right(knots, (before_ns, 0)) - 1
            if keep > 0:
                del knots[:keep]

    def forget_thread(self, thread: int) -> None:
        self._knots.pop(thread, None)


def _interpolated(knots: list[tuple[int, int]], time_ns: int, grain_ns: int) -> float:
    after = bisect_right(knots, (time_ns, 1 << 62))
    if after == 0:
        return float(knots[0][1])
    if after == len(knots):
        return float(knots[-1][1])
    (begin, before), (end, then) = knots[after - 1], knots[after]
    begin = max(begin, min(end - grain_ns, end - (then - before)))
    share = (time_ns - begin) / max(1, end - begin)
    return before + (then - before) * min(1.0, max(0.0, share))
