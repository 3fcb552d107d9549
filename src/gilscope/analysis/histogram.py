"""Percentiles of waits per thread, streamed: log-linear histograms, less than 1 % off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

# The leading bits of a float64, exponent and all, number buckets of equal relative width: 2**6
# in each octave makes them 1.6 % wide, so that their middle is at most 0.8 % off.
_SHIFT = 52 - 6
_OCTAVES = 54  # up to 2**53 ns, 104 days
_BUCKETS = _OCTAVES << 6
_FIRST = int(np.float64(1).view(np.int64)) >> _SHIFT
# With more threads than this the counts go into a sorted list of those that occur.
_MOST_DENSE = 8_192
_COMPACT_AT = 4_000_000


class WaitHistograms:
    """One histogram per thread; a wait is at least 1 ns."""

    def __init__(self, threads: int) -> None:
        self._slot = np.full(threads, -1, np.int64)
        self._slots = 0
        self._counts = np.zeros((0, _BUCKETS), np.uint32)
        self._keys: list[Ints] = [np.empty(0, np.int64)]
        self._key_counts: list[Ints] = [np.empty(0, np.int64)]
        self._pending = 0
        self._dense = threads <= _MOST_DENSE

    def add(self, thread: Ints, wait_ns: Ints) -> None:
        if not len(thread):
            return
        values = np.maximum(wait_ns, 1).astype(np.float64)
        bucket = np.minimum((values.view(np.int64) >> _SHIFT) - _FIRST, _BUCKETS - 1)
        if not self._dense:
            self._add_sparse(thread * _BUCKETS + bucket)
            return
        new = np.unique(thread[self._slot[thread] < 0])
        if len(new):
            self._slot[new] = np.arange(self._slots, self._slots + len(new))
            self._slots += len(new)
            if self._slots > len(self._counts):
                more = max(self._slots, 2 * len(self._counts)) - len(self._counts)
                self._counts = np.pad(self._counts, ((0, more), (0, 0)))
        np.add.at(self._counts.reshape(-1), self._slot[thread] * _BUCKETS + bucket, np.uint32(1))

    def percentiles(self, fraction: float, group: Ints | None = None) -> npt.NDArray[np.float64]:
        """Return for each thread the wait (ns) that a fraction of its waits does not exceed.

        With the number of each thread's group, the same for each group.
        """
        keys, counts = self._sorted()
        size = len(self._slot)
        if group is not None:
            keys, inverse = np.unique(
                group[keys // _BUCKETS] * _BUCKETS + keys % _BUCKETS, return_inverse=True
            )
            counts = np.bincount(inverse, weights=counts, minlength=len(keys)).astype(np.int64)
            size = int(group.max(initial=-1)) + 1
        threads = np.arange(size + 1)
        edges = np.searchsorted(keys, threads * _BUCKETS)
        reached = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        before, total = reached[edges[:-1]], np.diff(reached[edges])
        rank = np.maximum(1, np.ceil(total * fraction)).astype(np.int64)
        at = np.searchsorted(reached, before + rank) - 1
        values = np.zeros(len(total), np.float64)
        some = total > 0
        values[some] = _middles(keys[at[some]] % _BUCKETS)
        return values

    def _add_sparse(self, keys: Ints) -> None:
        unique, counts = np.unique(keys, return_counts=True)
        self._keys.append(unique)
        self._key_counts.append(counts)
        self._pending += len(unique)
        if self._pending > _COMPACT_AT:
            self._compact()
            self._pending = 0

    def _compact(self) -> None:
        if len(self._keys) < 2:
            return
        unique, inverse = np.unique(np.concatenate(self._keys), return_inverse=True)
        sums = np.bincount(inverse, weights=np.concatenate(self._key_counts))
        self._keys, self._key_counts = [unique], [sums.astype(np.int64)]

    def _sorted(self) -> tuple[Ints, Ints]:
        """Return the numbers of the buckets that are not empty, thread by thread, and counts."""
        if not self._dense:
            self._compact()
            return self._keys[0], self._key_counts[0]
        slot, bucket = np.nonzero(self._counts[: self._slots])
        thread = np.zeros(self._slots, np.int64)
        used = np.flatnonzero(self._slot >= 0)
        thread[self._slot[used]] = used
        keys = thread[slot] * _BUCKETS + bucket
        order = np.argsort(keys)
        return keys[order], self._counts[slot, bucket].astype(np.int64)[order]


def _middles(bucket: Ints) -> npt.NDArray[np.float64]:
    low = (bucket + _FIRST << _SHIFT).view(np.float64)
    high = (bucket + _FIRST + 1 << _SHIFT).view(np.float64)
    # Whole nanoseconds lie in [low, high), and in small buckets there is only one.
    middles: npt.NDArray[np.float64] = (low + np.maximum(low, np.ceil(high) - 1)) / 2
    return middles
