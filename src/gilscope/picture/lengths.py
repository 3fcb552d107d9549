"""How long waits and holds are: counted on a log scale, with percentiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_PER_OCTAVE = 64  # so that the middle of a bucket is less than 1 % off
_BARS_PER_OCTAVE = 4
_BUCKETS = 54 * _PER_OCTAVE


@dataclass(frozen=True, slots=True)
class Distribution:
    """`counts[i]` is how many there are from `edges_s[i]` up to `edges_s[i + 1]`.

    Percentiles are less than 1 % off, the longest is exact.
    """

    edges_s: tuple[float, ...]
    counts: tuple[int, ...]
    p50_s: float
    p90_s: float
    p99_s: float
    max_s: float


class Lengths:
    """Counts lengths of any number."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BUCKETS, np.int64)
        self._longest_ns = 0

    def add(
        self, length_ns: Ints, count: Ints | None = None, longest_ns: Ints | None = None
    ) -> None:
        """Add some. With `count`, each of them is the sum of so many, of which only that is known
        and how long the longest was: they count as if they were alike.
        """
        if not len(length_ns):
            return
        each_ns = length_ns if count is None else length_ns / np.maximum(1, count)
        bucket = (np.log2(np.maximum(1, each_ns)) * _PER_OCTAVE).astype(np.int64)
        counts = np.bincount(np.minimum(bucket, _BUCKETS - 1), count, minlength=_BUCKETS)
        self._counts += counts.astype(np.int64)
        longest = length_ns if longest_ns is None else longest_ns
        self._longest_ns = max(self._longest_ns, int(longest.max()))

    def found(self) -> Distribution | None:
        """Return the distribution; None if there is nothing in it."""
        if not self._counts.any():
            return None
        bars = self._counts.reshape(-1, _PER_OCTAVE // _BARS_PER_OCTAVE).sum(axis=1)
        some = np.flatnonzero(bars)
        low, high = int(some[0]), int(some[-1]) + 1
        edges = np.exp2(np.arange(low, high + 1) / _BARS_PER_OCTAVE) / 1e9
        p50, p90, p99 = (self._percentile_s(each) for each in (0.5, 0.9, 0.99))
        bounds, counts = tuple(edges.tolist()), tuple(bars[low:high].tolist())
        return Distribution(bounds, counts, p50, p90, p99, self._longest_ns / 1e9)

    def _percentile_s(self, fraction: float) -> float:
        """Return what a fraction of them does not exceed."""
        reached = np.cumsum(self._counts)
        bucket = int(np.searchsorted(reached, max(1, np.ceil(reached[-1] * fraction))))
        middle_ns = float(np.exp2((bucket + 0.5) / _PER_OCTAVE))
        return min(middle_ns, self._longest_ns) / 1e9
