"""What each thread did when: its timeline, in equal slices of the run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.model import Timeline
from gilscope.analysis.shares import NO_TIMELINE
from gilscope.analysis.tallies import thread_count
from gilscope.trace.cpuclocks import CpuClocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.analysis.model import ThreadRow
    from gilscope.analysis.tallies import OffGil, ThreadTallies
    from gilscope.trace import Thread, Trace

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

# A timeline takes kilobytes: with 200,000 threads only the longest-lived can have one.
MAX_TIMELINES = 256


def timeline_slots(trace: Trace) -> Ints:
    """Give the longest-lived threads the rows 0, 1, ... and all others the row after those.

    A thread without an entry is one that began shortly before the recording was cut off.
    """
    known = sorted(trace.threads.values(), key=lambda each: each.start_ns - each.end_ns)
    known = known[:MAX_TIMELINES]
    free = MAX_TIMELINES - len(known)
    slots = np.full(thread_count(trace), len(known) + free, np.int64)
    unknown = [n for n in range(1, len(slots)) if n not in trace.threads][:free]
    chosen = [each.thread for each in known] + unknown
    slots[chosen] = np.arange(len(chosen))
    slots[slots == len(known) + free] = len(chosen)
    return slots


class Timelines:
    """The timelines of all threads that have one."""

    def __init__(
        self, trace: Trace, tallies: ThreadTallies, off: OffGil, rows_from_ns: int
    ) -> None:
        self._from_ns = rows_from_ns  # before, nothing is known
        self._edges = tallies.holding.edges
        self._slots = tallies.slots
        self._slot_count = int(tallies.slots.max(initial=0))
        self._holding = tallies.holding.nanoseconds()
        self._waiting = tallies.waiting.nanoseconds()
        self._computing = off.computing.nanoseconds()
        self._clocks = CpuClocks(trace.cpu)

    def of_thread(self, thread: Thread, start_ns: int, end_ns: int, computing_ns: int) -> Timeline:
        slot = int(self._slots[thread.thread]) if thread.thread < len(self._slots) else -1
        if not 0 <= slot < self._slot_count or not self._edges[-1]:
            return NO_TIMELINE
        life_ns, start_ns = max(1, end_ns - start_ns), max(start_ns, self._from_ns)
        computing_ns = computing_ns * max(0, end_ns - start_ns) // life_ns
        alive = np.diff(np.clip(self._edges, min(start_ns, end_ns), end_ns)).astype(np.float64)
        hold, wait, rest = _parts(self._holding[slot], self._waiting[slot], alive)
        computing = self._computing_of(thread, slot, computing_ns, hold, rest)
        return self._timeline((hold, wait, computing, rest - computing))

    def of_group(self, rows: Sequence[ThreadRow]) -> Timeline:
        """What its threads did, of the time that they existed: all that have a timeline."""
        rows = [row for row in rows if row.timeline.holding]
        if not rows:
            return NO_TIMELINE
        states = np.array([dataclasses.astuple(row.timeline) for row in rows]).sum(axis=0)
        # Where several existed at once, their shares of the time that they had together.
        shares = states / np.maximum(1.0, states.sum(axis=0))
        return Timeline(*(tuple(state) for state in shares.tolist()))

    def _timeline(self, parts: Sequence[Floats]) -> Timeline:
        width = np.maximum(1, np.diff(self._edges))
        return Timeline(*(tuple((part / width).tolist()) for part in parts))

    def _computing_of(
        self, thread: Thread, slot: int, computing_ns: int, hold: Floats, rest: Floats
    ) -> Floats:
        """Place the computing: where it was measured, where the CPU clock ran, then anywhere."""
        placed: Floats = np.minimum(self._computing[slot], rest)
        if len(self._clocks.rows(thread.thread)):
            used = np.diff(self._clocks.used_ns(thread, self._edges))
            placed = np.maximum(placed, np.clip(used - hold, 0, rest))
        return _filled(placed, rest - placed, computing_ns)


def _parts(hold: Ints, wait: Ints, alive: Floats) -> tuple[Floats, Floats, Floats]:
    """Holding, waiting and the rest, none of it beyond the time that a thread existed."""
    held = np.minimum(hold, alive)
    waited = np.minimum(wait, alive - held)
    return held, waited, alive - held - waited


def _filled(placed: Floats, room: Floats, total_ns: int) -> Floats:
    """Bring what is placed to the total, with what lacks spread evenly over the room."""
    sum_ns, space = float(placed.sum()), float(room.sum())
    if sum_ns > total_ns:
        return placed * (total_ns / sum_ns)
    return placed + room * min(1.0, (total_ns - sum_ns) / space) if space > 0 else placed
