"""How two threads did beside each other: one that computes, one that sleeps for moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Beside:
    """How both threads did beside each other with one switch interval."""

    interval_s: float
    late_s: float  # median
    longest_s: float
    wake_ups: int
    speed: float  # of the thread that computes, in its best round; 1 where it is alone

    def data(self) -> dict[str, Any]:
        return {
            "switch_interval_s": self.interval_s,
            "late_median_s": self.late_s,
            "late_longest_s": self.longest_s,
            "wake_ups": self.wake_ups,
            "throughput_fraction": self.speed,
        }
