"""The figures of the last seconds, added up from slots: what the live view shows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gilscope.analysis.model import BlameRow, Line, LineSource, StallRow
from gilscope.live.present import NowRow, NowState, now_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.live.slot import Slot, ThreadSums
    from gilscope.live.watch import Watched

__all__ = [
    "LiveGil",
    "LiveNow",
    "LiveProcess",
    "LiveThread",
    "NowState",
    "Share",
    "summary_of",
    "summary_of_slots",
]

LiveNow = NowRow


class Share(StrEnum):
    """What a thread's time is divided into, as columns."""

    HOLDING = "holding"
    WAITING = "waiting"
    LOCK = "lock"
    COMPUTING = "computing"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class LiveGil:
    """Of the main interpreter's GIL, as `GilTotals` has it; sums are of all GILs.

    The fractions are None where nothing is known.
    """

    held_fraction: float | None
    contended_fraction: float | None
    wait_s: float
    acquires: int
    contended_acquires: int


@dataclass(frozen=True, slots=True)
class LiveThread:
    """One thread in the last seconds; names as in `ThreadRow`.

    `blocked_s` is without the GIL, neither computing nor waiting for a lock; `idle_s` waiting for a
    lock as it is for, such as a worker without work. `history` has, for each share, its part of
    each slot, 0 to 1, oldest first; None: the thread did not exist, or nothing is known.
    """

    thread: int
    tid: int
    name: str
    lifetime_s: float
    hold_s: float
    wait_s: float
    lock_s: float
    idle_s: float
    computing_s: float
    blocked_s: float
    acquires: int
    contended_acquires: int
    ended: bool
    history: dict[Share, tuple[float | None, ...]]

    def share_s(self, share: Share) -> float:
        """Return the seconds behind a share; what is idle counts as blocked there."""
        return {
            Share.HOLDING: self.hold_s,
            Share.WAITING: self.wait_s,
            Share.LOCK: self.lock_s,
            Share.COMPUTING: self.computing_s,
            Share.BLOCKED: self.blocked_s + self.idle_s,
        }[share]


@dataclass(frozen=True, slots=True)
class LiveProcess:
    """One process in the last seconds.

    `from_s` and `to_s` count from the beginning of its recording. `unknown_s` of these seconds are
    not known: rows were read too late; all figures are of the rest. `is_complete`: nothing is
    missing, not even who held and waited at the end. `is_now_known`: `now` is all there is to say
    about this moment, but for `left_out` rows that were too many.
    """

    process: int
    pid: int
    name: str
    from_s: float
    to_s: float
    started_unix_s: float
    gil_enabled: bool
    ended: bool
    exit_status: int | None
    end_reason: str
    unknown_s: float
    is_complete: bool
    is_now_known: bool
    left_out: int
    gil: LiveGil
    threads: tuple[LiveThread, ...]
    blame: tuple[BlameRow, ...]
    stalls: tuple[StallRow, ...]  # newest first
    now: tuple[LiveNow, ...]

    @property
    def wall_s(self) -> float:
        return self.to_s - self.from_s


def summary_of(watched: Watched, seconds: float) -> LiveProcess:
    """Add up the last seconds of a process: whole slots, at least one."""
    slots = watched.slots
    since_ns = slots[-1].until_ns - seconds * 1e9 if slots else 0
    return summary_of_slots(watched, [each for each in slots if each.until_ns > since_ns])


def summary_of_slots(watched: Watched, kept: Sequence[Slot]) -> LiveProcess:
    """Add up some slots of a process, which follow each other."""
    process = watched.growing
    until_ns = kept[-1].until_ns if kept else process.now.time_ns
    known = [each for each in kept if not each.is_lost]
    threads = _threads(watched, kept)
    wait_s = sum(row.wait_s for row in threads)
    meta = process.meta
    return LiveProcess(
        process=process.number,
        pid=meta.pid,
        name=watched.name,
        from_s=(kept[0].since_ns if kept else until_ns) / 1e9,
        to_s=until_ns / 1e9,
        started_unix_s=meta.start_unix_ns / 1e9,
        gil_enabled=meta.gil_enabled,
        ended=process.ended,
        exit_status=meta.exit_status,
        end_reason=meta.end_reason,
        unknown_s=sum(each.wall_ns for each in kept if each.is_lost) / 1e9,
        is_complete=all(each.is_complete for each in kept),
        is_now_known=process.is_now_known,
        left_out=process.now.left_out,
        gil=LiveGil(
            _fraction(known, sum(each.held_ns for each in known)),
            _fraction(known, sum(each.contended_ns for each in known)),
            wait_s,
            sum(row.acquires for row in threads),
            sum(row.contended_acquires for row in threads),
        ),
        threads=threads,
        blame=_blame(known, wait_s),
        stalls=tuple(
            sorted((row for each in known for row in each.stalls), key=lambda row: -row.start_s)
        ),
        now=() if process.ended else now_rows(process),
    )


def _fraction(slots: Sequence[Slot], part_ns: int) -> float | None:
    wall_ns = sum(each.wall_ns for each in slots)
    return min(1.0, part_ns / wall_ns) if wall_ns else None


def _threads(watched: Watched, slots: Sequence[Slot]) -> tuple[LiveThread, ...]:
    numbers = sorted({number for each in slots for number in each.threads})
    return tuple(_thread(watched, slots, number) for number in numbers)


def _thread(watched: Watched, slots: Sequence[Slot], number: int) -> LiveThread:
    known = watched.growing.threads.get(number)
    sums = [each.threads[number] for each in slots if number in each.threads and not each.is_lost]
    return LiveThread(
        thread=number,
        tid=known.tid if known else 0,
        name=known.name if known else f"thread {number}",
        lifetime_s=sum(each.alive_ns for each in sums) / 1e9,
        hold_s=sum(each.hold_ns for each in sums) / 1e9,
        wait_s=sum(each.wait_ns for each in sums) / 1e9,
        lock_s=sum(each.lock_ns for each in sums) / 1e9,
        idle_s=sum(each.idle_ns for each in sums) / 1e9,
        computing_s=sum(each.computing_ns for each in sums) / 1e9,
        blocked_s=sum(each.blocked_ns for each in sums) / 1e9,
        acquires=sum(each.acquires for each in sums),
        contended_acquires=sum(each.contended for each in sums),
        ended=known is not None and known.ended,
        history=_history(slots, number),
    )


def _history(slots: Sequence[Slot], number: int) -> dict[Share, tuple[float | None, ...]]:
    columns: dict[Share, list[float | None]] = {share: [] for share in Share}
    for slot in slots:
        parts = _parts(None if slot.is_lost else slot.threads.get(number), slot.wall_ns)
        for share, part in zip(Share, parts, strict=True):
            columns[share].append(part)
    return {share: tuple(column) for share, column in columns.items()}


def _parts(sums: ThreadSums | None, wall_ns: int) -> tuple[float | None, ...]:
    """Return the parts of a slot, in the order of Share."""
    if sums is None:
        return (None,) * len(Share)
    blocked_ns = sums.blocked_ns + sums.idle_ns
    spans = (sums.hold_ns, sums.wait_ns, sums.lock_ns, sums.computing_ns, blocked_ns)
    return tuple(min(1.0, span / max(1, wall_ns)) for span in spans)


def _blame(slots: Sequence[Slot], wait_s: float) -> tuple[BlameRow, ...]:
    sampled: dict[Line, float] = defaultdict(float)
    released: dict[Line, float] = defaultdict(float)
    longest: dict[Line, float] = defaultdict(float)
    for slot in slots:
        for line, cause in slot.causes.items():
            sampled[line] += cause.sampled_ns
            released[line] += cause.released_ns
        for stall in slot.stalls:
            longest[stall.line] = max(longest[stall.line], stall.stall_s)
    rows = [
        BlameRow(
            line=line,
            caused_wait_s=(sampled[line] + released[line]) / 1e9,
            fraction=min(1.0, (sampled[line] + released[line]) / 1e9 / wait_s) if wait_s else 0.0,
            line_source=LineSource.SAMPLED
            if sampled[line] >= released[line]
            else LineSource.RELEASE,
            longest_stall_s=longest[line],
        )
        for line in sampled
    ]
    return tuple(sorted(rows, key=lambda row: -row.caused_wait_s))
