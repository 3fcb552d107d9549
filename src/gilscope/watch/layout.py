"""The numbers that the recorder counts, as `native/recorder/watchmodule.c` lays them out."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from gilscope.watch.model import (
    SCHEMA,
    Gc,
    Gil,
    Histogram,
    KeptStall,
    Locks,
    Loop,
    Process,
    Snapshot,
    StallFrame,
    Stalls,
    ThreadGroup,
)

NS = 1e-9
UNKNOWN = 2**64 - 1
GROUPS = 64
# How long the classes of all histograms are at most, in seconds; the last has no bound.
BOUNDS_S = (1e-5, 1e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = len(BOUNDS_S) + 1

_HEAD = (
    "pid",
    "begin_unix_ns",
    "wall_ns",
    "watched_ns",
    "gil_enabled",
    "switch_interval_ns",
    "collections_0",
    "collections_1",
    "collections_2",
    "collect_ns",
    "main_held_ns",
    "main_contended_ns",
    "is_active",
)
_SUMS = (
    "held_ns",
    "holds",
    "forced",
    "wait_ns",
    "waits",
    "handover_ns",
    "lock_ns",
    "locks",
    "signal_ns",
    "signals",
    "stopped_ns",
    "stops",
    "stalls",
    "stalled_ns",
    "stall_wait_ns",
    "turns",
    "turn_ns",
    "blocked_turns",
    "blocked_ns",
)
_HISTOGRAMS = ("hold", "wait", "lock", "stall", "turn")
_MOST = ("hold", "wait", "lock", "stall", "turn")
_OPEN = ("held_ns", "wait_ns", "lock_ns", "signal_ns", "threads")
_GROUP_WORDS = len(_SUMS) + len(_HISTOGRAMS) * _SIZES + len(_MOST)
WORDS = len(_HEAD) + GROUPS * (_GROUP_WORDS + len(_OPEN))


@dataclass(frozen=True, slots=True)
class Sums:
    """What a group of threads, or all of them, have come to: ns and numbers, by name.

    `open` is what goes on; `most` the longest that has ended.
    """

    sums: dict[str, int]
    sizes: dict[str, tuple[int, ...]]
    most: dict[str, int]
    open: dict[str, int]

    def seconds(self, name: str) -> float:
        """Return how long something went on, and goes on."""
        return (self.sums[name] + self.open.get(name, 0)) * NS

    def histogram(self, name: str, sum_name: str) -> Histogram:
        return Histogram(BOUNDS_S, self.sizes[name], self.sums[sum_name] * NS)

    def longest_s(self, name: str) -> float:
        return self.most[name] * NS

    @property
    def is_empty(self) -> bool:
        return not any(self.sums.values()) and not any(self.open.values())


def _of_group(words: memoryview, group: int) -> Sums:
    at = len(_HEAD) + group * _GROUP_WORDS
    sums = dict(zip(_SUMS, words[at : at + len(_SUMS)], strict=True))
    at += len(_SUMS)
    sizes = {
        name: tuple(words[at + i * _SIZES : at + (i + 1) * _SIZES])
        for i, name in enumerate(_HISTOGRAMS)
    }
    at += len(_HISTOGRAMS) * _SIZES
    most = dict(zip(_MOST, words[at : at + len(_MOST)], strict=True))
    at = len(_HEAD) + GROUPS * _GROUP_WORDS + group * len(_OPEN)
    return Sums(sums, sizes, most, dict(zip(_OPEN, words[at : at + len(_OPEN)], strict=True)))


def _of_all(groups: list[Sums]) -> Sums:
    return Sums(
        {name: sum(each.sums[name] for each in groups) for name in _SUMS},
        {
            name: tuple(sum(each.sizes[name][i] for each in groups) for i in range(_SIZES))
            for name in _HISTOGRAMS
        },
        {name: max(each.most[name] for each in groups) for name in _MOST},
        {name: sum(each.open[name] for each in groups) for name in _OPEN},
    )


def _thread_group(name: str, of: Sums) -> ThreadGroup:
    return ThreadGroup(
        name=name,
        threads=of.open["threads"],
        hold_s=of.seconds("held_ns"),
        wait_s=of.seconds("wait_ns"),
        acquires=of.sums["holds"],
        contended_acquires=of.sums["waits"],
        forced_releases=of.sums["forced"],
        handover_s=of.seconds("handover_ns"),
        longest_hold_s=of.longest_s("hold"),
        longest_wait_s=of.longest_s("wait"),
        lock_wait_s=of.seconds("lock_ns"),
        lock_waits=of.sums["locks"],
        signal_wait_s=of.seconds("signal_ns"),
        stalls=of.sums["stalls"],
        stalled_s=of.seconds("stalled_ns"),
    )


def _gil(head: dict[str, int], of: Sums) -> Gil:
    return Gil(
        watched_s=head["watched_ns"] * NS,
        held_s=head["main_held_ns"] * NS,
        contended_s=head["main_contended_ns"] * NS,
        wait_s=of.seconds("wait_ns"),
        acquires=of.sums["holds"],
        contended_acquires=of.sums["waits"],
        forced_releases=of.sums["forced"],
        handover_s=of.seconds("handover_ns"),
        longest_hold_s=of.longest_s("hold"),
        longest_wait_s=of.longest_s("wait"),
        hold_sizes=of.histogram("hold", "held_ns"),
        wait_sizes=of.histogram("wait", "wait_ns"),
    )


def _locks(head: dict[str, int], of: Sums) -> Locks:
    return Locks(
        wait_s=of.seconds("lock_ns"),
        waits=of.sums["locks"],
        longest_wait_s=of.longest_s("lock"),
        wait_sizes=of.histogram("lock", "lock_ns"),
        signal_wait_s=of.seconds("signal_ns"),
        signal_waits=of.sums["signals"],
        stopped_s=None if head["gil_enabled"] else of.seconds("stopped_ns"),
    )


def _loop(head: dict[str, int], of: Sums) -> Loop | None:
    if not of.sums["turns"] and ("uvloop" in sys.modules or not head["gil_enabled"]):
        return None
    return Loop(
        turns=of.sums["turns"],
        turn_s=of.seconds("turn_ns"),
        times=of.sums["blocked_turns"],
        blocked_s=of.seconds("blocked_ns"),
        longest_s=of.longest_s("turn"),
        turn_sizes=of.histogram("turn", "turn_ns"),
    )


KeptRow = tuple[int, int, int, int, int, int, str, int, tuple[tuple[str, str, int], ...]]


def kept_stall(row: KeptRow) -> KeptStall:
    """Read one of the rows of `watch_kept()`."""
    number, ended_ns, stall_ns, hold_ns, wait_ns, waiters, thread, depth, frames = row
    return KeptStall(
        number=number,
        ended_unix_s=ended_ns * NS,
        stall_s=stall_ns * NS,
        hold_s=hold_ns * NS,
        wait_s=wait_ns * NS,
        waiters=waiters,
        thread=thread,
        depth=depth,
        frames=tuple(StallFrame(*frame) for frame in frames),
    )


def _process(head: dict[str, int], of: Sums) -> Process:
    return Process(
        pid=head["pid"],
        python=sys.version.split()[0],
        started_unix_s=head["begin_unix_ns"] * NS,
        gil_enabled=bool(head["gil_enabled"]),
        switch_interval_s=head["switch_interval_ns"] * NS,
        threads=of.open["threads"],
        cores=os.cpu_count() or 0,
    )


def _stalls(of: Sums, kept: tuple[KeptStall, ...]) -> Stalls:
    return Stalls(
        count=of.sums["stalls"],
        stalled_s=of.seconds("stalled_ns"),
        wait_s=of.seconds("stall_wait_ns"),
        longest_s=of.longest_s("stall"),
        sizes=of.histogram("stall", "stalled_ns"),
        kept=kept,
    )


def _gc(head: dict[str, int]) -> Gc:
    return Gc(
        (head["collections_0"], head["collections_1"], head["collections_2"]),
        None if head["collect_ns"] == UNKNOWN else head["collect_ns"] * NS,
    )


def snapshot_of(numbers: bytes, patterns: tuple[str, ...], kept: tuple[KeptStall, ...]) -> Snapshot:
    """Name the numbers of `watch_read()`."""
    words = memoryview(numbers).cast("Q")
    assert len(words) == WORDS
    head = dict(zip(_HEAD, words[: len(_HEAD)], strict=True))
    groups = {name: _of_group(words, i) for i, name in enumerate(patterns)}
    of = _of_all(list(groups.values()))
    threads = [_thread_group(name, each) for name, each in groups.items() if not each.is_empty]
    return Snapshot(
        schema=SCHEMA,
        wall_s=head["wall_ns"] * NS,
        watched_s=head["watched_ns"] * NS,
        is_watched=bool(head["is_active"]),
        process=_process(head, of),
        gil=_gil(head, of),
        locks=_locks(head, of),
        stalls=_stalls(of, kept),
        gc=_gc(head),
        loop=_loop(head, of),
        threads=tuple(sorted(threads, key=lambda group: group.name)),
    )
