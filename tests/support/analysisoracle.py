"""The definitions of an analysis, computed one event at a time: slow, and easy to believe."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import NamedTuple


class Hold(NamedTuple):
    request: int
    acquire: int
    release: int
    thread: int
    site: int


class Wait(NamedTuple):
    request: int
    end: int
    thread: int


@dataclass
class Gil:
    """The holds of one GIL in order, and who waited when it ended; times in ns."""

    holds: list[Hold]
    still_waiting: list[Wait] = field(default_factory=list)

    @property
    def waits(self) -> list[Wait]:
        ended = [Wait(h.request, h.acquire, h.thread) for h in self.holds if h.request < h.acquire]
        return ended + self.still_waiting


def overlap(hold: Hold, wait: Wait) -> int:
    return max(0, min(hold.release, wait.end) - max(hold.acquire, wait.request))


def blame_by_site(gil: Gil) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for hold in gil.holds:
        sums[hold.site] += sum(overlap(hold, wait) for wait in gil.waits)
    return {site: much for site, much in sums.items() if much}


def pairs(gil: Gil) -> dict[tuple[int, int, int], int]:
    """(culprit, site, victim): ns."""
    sums: dict[tuple[int, int, int], int] = defaultdict(int)
    for hold in gil.holds:
        for wait in gil.waits:
            sums[hold.thread, hold.site, wait.thread] += overlap(hold, wait)
    return {key: much for key, much in sums.items() if much}


def contended_ns(gil: Gil) -> int:
    """How long at least one thread waited, moment by moment."""
    edges = sorted({edge for wait in gil.waits for edge in (wait.request, wait.end)})
    return sum(
        end - start
        for start, end in pairwise(edges)
        if any(wait.request <= start and wait.end >= end for wait in gil.waits)
    )


class Stall(NamedTuple):
    hold: Hold
    stall_ns: int
    waiters: int


def stalls(gil: Gil, interval: int, shortest: int) -> list[Stall]:
    found = []
    for hold in gil.holds:
        during = [wait for wait in gil.waits if overlap(hold, wait)]
        if during:
            first = min(max(hold.acquire, wait.request) for wait in during)
            stall = hold.release - first - interval
            if stall >= shortest:
                found.append(Stall(hold, stall, len(during)))
    return found


def waits_of(gils: list[Gil], thread: int) -> list[int]:
    return sorted(w.end - w.request for gil in gils for w in gil.waits if w.thread == thread)


def percentile(values: list[int], fraction: float) -> int:
    return values[max(1, ceil(len(values) * fraction)) - 1] if values else 0


def share(intervals: list[tuple[int, int]], start: int, end: int) -> float:
    """The part of [start, end) that intervals without overlaps cover."""
    covered = sum(max(0, min(end, b) - max(start, a)) for a, b in intervals)
    return covered / (end - start) if end > start else 0.0


def previous_site(gil: Gil, wait: Wait) -> int | None:
    """Where the thread let go before a wait."""
    before = [h for h in gil.holds if h.thread == wait.thread and h.release <= wait.request]
    return before[-1].site if before else None
