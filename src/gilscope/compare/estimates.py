"""A median and how sure it is, without assuming anything about how the noise is distributed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95
LEAST_ROUNDS = 6  # with fewer, no interval holds the true median with that confidence


@dataclass(frozen=True, slots=True)
class Estimate:
    """The median of `count` values, its confidence interval, and the extremes.

    With fewer than LEAST_ROUNDS values no interval reaches 95 %: it is then the extremes.
    """

    median: float
    low: float
    high: float
    least: float
    most: float
    count: int

    @property
    def is_confident(self) -> bool:
        """Whether the interval holds the true median as surely as it should."""
        return self.count >= LEAST_ROUNDS

    def excludes(self, value: float) -> bool:
        """Whether the true median is another value, beyond doubt."""
        return self.is_confident and not self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def estimate(values: Sequence[float]) -> Estimate:
    """The interval between the k-th value from below and from above; each value falls below the
    true median with probability 1/2, so how often it misses is a matter of coin tosses.
    """
    ordered = sorted(values)
    count = len(ordered)
    rank, missed = 1, 2 * 0.5**count
    while 2 * rank < count:
        more = missed + 2 * math.comb(count, rank) * 0.5**count
        if more > 1 - CONFIDENCE:
            break
        rank, missed = rank + 1, more
    low, high = ordered[rank - 1], ordered[count - rank]
    return Estimate(median(ordered), low, high, ordered[0], ordered[-1], count)
