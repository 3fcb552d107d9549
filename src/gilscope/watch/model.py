"""What a watched process has counted, as frozen records: all durations are seconds.

What a number that is `None` means: it cannot be known, or not of the time between two snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Self

SCHEMA = 1


class Record:
    """Can be written as JSON, and subtracted."""

    __slots__ = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists and numbers, with the names that are documented."""
        found = {each.name: _plain(getattr(self, each.name)) for each in fields(self)}  # type: ignore[arg-type]
        for name in dir(type(self)):
            if isinstance(getattr(type(self), name), property):
                found[name] = getattr(self, name)
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Histogram):
        return value.rows()
    if isinstance(value, Record):
        return value.as_dict()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


@dataclass(frozen=True, slots=True)
class Histogram(Record):
    """How many were how long: `counts[i]` of those up to `bounds_s[i]`, the last of those beyond.

    `sum_s` is how long all of them took. Only what has ended is in it.
    """

    bounds_s: tuple[float, ...]
    counts: tuple[int, ...]
    sum_s: float

    def rows(self) -> list[dict[str, float | int | None]]:
        """Return a dict for each class, with `at_most_s` (None: any) and `count`."""
        bounds = (*self.bounds_s, None)
        return [
            {"at_most_s": bound, "count": count}
            for bound, count in zip(bounds, self.counts, strict=True)
        ]

    @property
    def count(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Process(Record):
    """The process itself; these numbers are as they are at the moment of the snapshot."""

    pid: int
    python: str
    started_unix_s: float  # when it began to be watched
    gil_enabled: bool
    switch_interval_s: float
    threads: int  # that live, as far as they have needed the GIL or a lock
    cores: int


@dataclass(frozen=True, slots=True)
class Gil(Record):
    """The GIL of the main interpreter (`held_s`, `contended_s`), and of all others, too (the rest).

    `wait_s` adds up all threads. What goes on at the moment of the snapshot is in `held_s`,
    `contended_s` and `wait_s`, but not in the numbers and the histograms.
    """

    watched_s: float  # for how long that was watched: what the fractions are of
    held_s: float
    contended_s: float  # for how long at least one thread waited
    wait_s: float
    acquires: int
    contended_acquires: int
    forced_releases: int
    handover_s: float  # parked after giving it up voluntarily
    longest_hold_s: float | None
    longest_wait_s: float | None
    hold_sizes: Histogram
    wait_sizes: Histogram

    @property
    def held_fraction(self) -> float:
        return self.held_s / self.watched_s if self.watched_s else 0.0

    @property
    def contended_fraction(self) -> float:
        return self.contended_s / self.watched_s if self.watched_s else 0.0


@dataclass(frozen=True, slots=True)
class Locks(Record):
    """Waits for locks, and waits to be told something, all threads added up.

    The latter are those in conditions, and what is made of them (events, semaphores, barriers,
    `queue.Queue`), in `Thread.join`, and of a `ThreadPoolExecutor`'s worker for work: to wait there
    is what many threads are for.
    """

    wait_s: float
    waits: int
    longest_wait_s: float | None
    wait_sizes: Histogram
    signal_wait_s: float
    signal_waits: int
    stopped_s: float | None  # by the interpreter, for a pause of all threads; None: it has a GIL


@dataclass(frozen=True, slots=True)
class StallFrame(Record):
    function: str
    file: str
    line: int  # 0: not known


@dataclass(frozen=True, slots=True)
class KeptStall(Record):
    """A stall with the stack of its thread at the moment when it let go of the GIL at last."""

    number: int  # of all that were kept, from 1
    ended_unix_s: float
    stall_s: float
    hold_s: float
    wait_s: float  # of all threads that waited meanwhile
    waiters: int
    thread: str
    depth: int  # how many frames there were; the innermost are kept
    frames: tuple[StallFrame, ...]  # innermost first


@dataclass(frozen=True, slots=True)
class Stalls(Record):
    """Holds that went on after another thread had waited for longer than the switch interval.

    `stalled_s` is how long they did, and `wait_s` how long others waited meanwhile, all added up.
    Unlike those of a report, they are not shortened by the time for which no core was free.
    """

    count: int
    stalled_s: float
    wait_s: float
    longest_s: float | None
    sizes: Histogram
    kept: tuple[KeptStall, ...]  # oldest first


@dataclass(frozen=True, slots=True)
class Gc(Record):
    """Collections of the main interpreter's cyclic garbage collector, by generation.

    `collect_s` is how long they took, by the interpreter itself; None before Python 3.15.
    """

    collections: tuple[int, int, int]
    collect_s: float | None


@dataclass(frozen=True, slots=True)
class Loop(Record):
    """Turns of asyncio's event loops: from when one knows what is ready until it asks again.

    A turn of 100 ms or more has blocked its loop: `times`, `blocked_s`. Waits for the GIL are not
    part of a turn. Without a GIL, and of a loop that is not asyncio's own, turns are not known:
    then there is no `Loop`, if the process has not used asyncio's, too.
    """

    turns: int
    turn_s: float
    times: int
    blocked_s: float
    longest_s: float | None
    turn_sizes: Histogram


@dataclass(frozen=True, slots=True)
class ThreadGroup(Record):
    """All threads, also those that have ended, whose names are the same but for numbers."""

    name: str  # `*` stands for a number; `other`: those that there was no room for, or without name
    threads: int  # that live
    hold_s: float
    wait_s: float
    acquires: int
    contended_acquires: int
    forced_releases: int
    handover_s: float
    longest_hold_s: float | None
    longest_wait_s: float | None
    lock_wait_s: float
    lock_waits: int
    signal_wait_s: float
    stalls: int  # that were its holds
    stalled_s: float


@dataclass(frozen=True, slots=True)
class Snapshot(Record):
    """All that was counted since the process is watched; `later - earlier` is what came between.

    `is_watched` is false while it is not, or was not at the end of such a difference; and the
    difference of `wall_s` and `watched_s` is for how long that was so.
    """

    schema: int
    wall_s: float
    watched_s: float
    is_watched: bool
    process: Process
    gil: Gil
    locks: Locks
    stalls: Stalls
    gc: Gc
    loop: Loop | None
    threads: tuple[ThreadGroup, ...]  # those that there are, by `name`

    def __sub__(self, earlier: Snapshot) -> Self:
        """Return what was counted between the two.

        Raises ValueError if the earlier one is of another process, or of one before it was forked.
        """
        mine, other = self.process, earlier.process
        if (mine.pid, mine.started_unix_s) != (other.pid, other.started_unix_s):
            raise ValueError("these are snapshots of different processes")
        if earlier.wall_s > self.wall_s:
            raise ValueError("the earlier snapshot comes after the minus sign")
        difference: Self = _minus(self, earlier)
        return difference


_LEVELS = {"schema", "bounds_s", "number", "pid", "started_unix_s", "switch_interval_s", "cores"}


def _minus(later: Any, earlier: Any) -> Any:
    values = {
        each.name: _field_minus(each.name, getattr(later, each.name), getattr(earlier, each.name))
        for each in fields(later)
    }
    return type(later)(**values)


def _field_minus(name: str, later: Any, earlier: Any) -> Any:
    if name in _LEVELS or isinstance(later, bool | str) or later is None or earlier is None:
        return later
    if name.startswith("longest"):  # that it was before, it may have been again
        return later if later > earlier else None
    if name == "kept":
        return tuple(each for each in later if each.number > max_number(earlier))
    if name == "threads":
        return _groups_minus(later, earlier) if isinstance(later, tuple) else later
    if is_dataclass(later):
        return _minus(later, earlier)
    if isinstance(later, tuple):
        return tuple(one - other for one, other in zip(later, earlier, strict=True))
    return later - earlier


def max_number(kept: tuple[KeptStall, ...]) -> int:
    return max((each.number for each in kept), default=0)


def _groups_minus(
    later: tuple[ThreadGroup, ...], earlier: tuple[ThreadGroup, ...]
) -> tuple[ThreadGroup, ...]:
    before = {each.name: each for each in earlier}
    return tuple(_minus(each, before[each.name]) if each.name in before else each for each in later)
