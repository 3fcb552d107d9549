"""Intervals added up per thread and time bucket: timelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One thread over the run, in equal time buckets; each value is a share of the bucket, 0 to 1.

    The four sum to at most 1 (less where the thread did not exist for the whole bucket). Empty
    for most threads of a program that has hundreds.
    """

    holding: tuple[float, ...]
    waiting: tuple[float, ...]
    computing: tuple[float, ...]  # on a CPU without the GIL
    asleep: tuple[float, ...]


NO_TIMELINE = Timeline((), (), (), ())


class Shares:
    """Nanoseconds per timeline and bucket: a grid of `rows` by `buckets` over [0, wall_ns).

    The slot of a thread is the row of its timeline; threads without one share the last row.
    """

    def __init__(self, rows: int, buckets: int, wall_ns: int) -> None:
        self.edges = np.arange(buckets + 1, dtype=np.int64) * wall_ns // buckets
        self._buckets = buckets
        self._per_ns = buckets / max(1, wall_ns)
        self._sums = np.zeros(rows * buckets, np.int64)
        # Changes of the number of intervals that fill a bucket, and every one up to the next.
        self._full = np.zeros((rows, buckets + 1), np.int64)

    def add(self, slot: Ints, start_ns: Ints, end_ns: Ints) -> None:
        if not len(slot):
            return
        first, last = self._bucket(start_ns), self._bucket(end_ns)
        base = slot * self._buckets
        one = first == last
        spans = end_ns - start_ns
        if not one.all():
            self._add_long(~one, slot, start_ns, end_ns, first, last)
            spans = np.where(one, spans, 0)
        sums = np.bincount(base + first, weights=spans, minlength=len(self._sums))
        self._sums += sums.astype(np.int64)

    def add_in_order(
        self, slots: Ints, thread: Ints, start_ns: Ints, end_ns: Ints, spans: Ints
    ) -> Ints:
        """Add intervals by increasing end; return their sums (ns) by thread.

        `slots` maps threads to slots and `spans` are the lengths. Cheaper than `add`: what ends
        in one bucket lies together.
        """
        sums = np.zeros(len(slots), np.int64)
        if not len(end_ns):
            return sums
        low, high = self._bucket(end_ns[[0, -1]]).tolist()
        cuts = np.searchsorted(end_ns, self.edges[low + 1 : high + 1], side="left").tolist()
        for bucket, first, last in zip(
            range(low, high + 1), [0, *cuts], [*cuts, len(end_ns)], strict=True
        ):
            here = slice(first, last)
            part = np.bincount(thread[here], weights=spans[here], minlength=len(slots))
            ns = part.astype(np.int64)
            sums += ns
            np.add.at(self._sums, slots * self._buckets + bucket, ns)
            early = first + np.flatnonzero(start_ns[here] < self.edges[bucket])
            if len(early):
                slot = slots[thread[early]]
                np.subtract.at(self._sums, slot * self._buckets + bucket, spans[early])
                self.add(slot, start_ns[early], end_ns[early])
        return sums

    def nanoseconds(self) -> Ints:
        """Return the grid, whose rows are the slots."""
        rows = len(self._full)
        full = np.cumsum(self._full, axis=1)[:, :-1] * np.diff(self.edges)
        grid: Ints = self._sums.reshape(rows, self._buckets) + full
        return grid

    def _bucket(self, time_ns: Ints) -> Ints:
        bucket = (time_ns * self._per_ns).astype(np.int64)
        return np.clip(bucket, 0, self._buckets - 1, out=bucket)

    def _add_long(
        self,
        rows: npt.NDArray[np.bool_],
        slot: Ints,
        start_ns: Ints,
        end_ns: Ints,
        first: Ints,
        last: Ints,
    ) -> None:
        """Add intervals that reach over the edge of a bucket: at most one a thread and edge."""
        slot, first, last = slot[rows], first[rows], last[rows]
        head = np.maximum(0, self.edges[first + 1] - start_ns[rows])
        tail = np.maximum(0, end_ns[rows] - self.edges[last])
        np.add.at(self._sums, slot * self._buckets + first, head)
        np.add.at(self._sums, slot * self._buckets + last, tail)
        np.add.at(self._full, (slot, first + 1), 1)
        np.add.at(self._full, (slot, last), -1)
