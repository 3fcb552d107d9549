"""Threads that were not there at the same time, side by side in as few rows as that takes."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Life:
    """From when to when a thread was there, in ns."""

    thread: int
    start_ns: int
    end_ns: int


def taking_turns(lives: Iterable[Life]) -> list[list[int]]:
    """Divide threads into as few rows as there were at one time, without overlaps in any."""
    rows: list[list[int]] = []
    free: list[tuple[int, int]] = []  # when the last of a row ended, and which row
    for each in sorted(lives, key=lambda each: (each.start_ns, each.thread)):
        if free and free[0][0] <= each.start_ns:
            _, row = heapq.heappop(free)
        else:
            row = len(rows)
            rows.append([])
        rows[row].append(each.thread)
        heapq.heappush(free, (each.end_ns, row))
    return rows
