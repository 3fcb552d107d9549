"""Pauses without a GIL: the interpreter has stopped all threads but the one that asked for that.

A thread that has to stop waits until the one that asked lets it go, and knows which that was. The
threads of a pause wait at the same time; those of the next by the same thread only begin when all
of them have been let go. Who asks waits, in slices of a millisecond, for those that run.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.gillessrows import StopRow
from gilscope.trace import LockFlags, LockResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.trace import LockWaits

    Ints = npt.NDArray[np.int64]

STOPS = LockFlags.STOPPED | LockFlags.STOPS

_Path = tuple[int, int]  # of which table, and which


@dataclass(slots=True)
class Pause:
    """One of them, in ns from the beginning of the recording."""

    asked_ns: int
    end_ns: int
    stopped_ns: int  # added up over threads, until they were let go
    for_gc: bool
    where: _Path
    reach_ns: int = 0  # until all had stopped
    last: _Path | None = None  # where the last of them was

    @property
    def pause_ns(self) -> int:
        return self.end_ns - self.asked_ns


def find_pauses(waits: LockWaits) -> list[Pause]:
    """Put together who was stopped, and who waited for that. One that nobody ended is left out."""
    found = []
    stopped = waits.select((waits.flags & LockFlags.STOPPED != 0) & (waits.wake_ns > 0))
    asking = waits.select(waits.flags & LockFlags.STOPS != 0)
    for thread in np.unique(stopped.waker).tolist():
        pauses = _stopped_by(stopped.select(stopped.waker == thread))
        _add_reach(pauses, asking.select(asking.thread == thread))
        found += pauses
    return sorted(found, key=lambda each: each.asked_ns)


def _stopped_by(rows: LockWaits) -> list[Pause]:
    """Rows that overlap belong together. They are sorted by their beginning."""
    until_ns = np.maximum.accumulate(rows.wake_ns)
    begins = np.flatnonzero(np.append(True, rows.begin_ns[1:] >= until_ns[:-1]))
    pauses = []
    for first, end in zip(begins.tolist(), [*begins[1:].tolist(), len(rows)], strict=True):
        mine = slice(first, end)
        pauses.append(
            Pause(
                asked_ns=int(rows.begin_ns[first]),
                end_ns=int(until_ns[end - 1]),
                stopped_ns=int((rows.wake_ns - rows.begin_ns)[mine].sum()),
                for_gc=bool((rows.flags[mine] & LockFlags.FOR_GC).any()),
                where=(int(rows.waker_gil[first]), int(rows.waker_path[first])),
            )
        )
    return pauses


def _add_reach(pauses: Sequence[Pause], asking: LockWaits) -> None:
    """What a thread waits for before it lets the others go is that pause."""
    if not len(asking):
        return
    ends = np.array([each.end_ns for each in pauses], np.int64)
    of = np.searchsorted(ends, asking.end_ns, side="left")
    for number in np.unique(of[of < len(pauses)]).tolist():
        rows, pause = asking.select(of == number), pauses[number]
        if number and rows.begin_ns[0] < ends[number - 1]:
            continue  # it makes no sense
        pause.asked_ns = min(pause.asked_ns, int(rows.begin_ns[0]))
        pause.reach_ns = int(rows.end_ns[-1]) - int(rows.begin_ns[0])
        pause.where = int(rows.table[0]), int(rows.path[0])
        if rows.result[-1] == LockResult.GOT and rows.waker_path[-1]:
            pause.last = int(rows.waker_gil[-1]), int(rows.waker_path[-1])


def stop_rows(pauses: Sequence[Pause], lines: Lines) -> tuple[StopRow, ...]:
    """Add up by line and reason, what stopped threads for longest first."""
    groups: dict[tuple[int, bool], list[Pause]] = defaultdict(list)
    for each in pauses:
        groups[lines.number(*each.where), each.for_gc].append(each)
    rows = []
    for (number, for_gc), some in groups.items():
        slowest = max(some, key=lambda each: each.reach_ns)
        last = slowest.last
        rows.append(
            StopRow(
                line=lines[number],
                for_gc=for_gc,
                pauses=len(some),
                pause_s=sum(each.pause_ns for each in some) / 1e9,
                longest_s=max(each.pause_ns for each in some) / 1e9,
                reach_s=sum(each.reach_ns for each in some) / 1e9,
                longest_reach_s=slowest.reach_ns / 1e9,
                last=None if last is None else lines[lines.number(*last)],
                stopped_s=sum(each.stopped_ns for each in some) / 1e9,
            )
        )
    return tuple(sorted(rows, key=lambda row: -row.stopped_s))
