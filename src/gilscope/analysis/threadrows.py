"""One row per thread: where its time went, over all GILs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.model import ThreadRow, Timeline
from gilscope.trace import Thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from gilscope.analysis.shares import Shares
    from gilscope.analysis.tallies import ThreadTallies
    from gilscope.analysis.tasks import Tasks
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

# A timeline takes kilobytes: with 200,000 threads only the longest-lived can have one.
MAX_TIMELINES = 256
_NO_TIMELINE = Timeline((), (), (), ())


def thread_count(trace: Trace) -> int:
    """Return a number that every thread's number in the trace is smaller than."""
    return trace.largest_thread + 1


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


class OffGil:
    """What is known of the time that threads spend without the GIL."""

    def __init__(self, tallies: ThreadTallies, shares: Shares) -> None:
        self.handover_ns = np.zeros_like(tallies.hold_ns)
        self.computing_ns = np.zeros_like(tallies.hold_ns)
        self.computing = shares
        self._slots = tallies.slots

    def add_handover(self, thread: Ints, handover_ns: Ints) -> None:
        np.add.at(self.handover_ns, thread, handover_ns)

    def add_computing(self, thread: Ints, request_ns: Ints, off_cpu_ns: Ints) -> None:
        """Add CPU time measured before requests, and place it in the timeline.

        It is placed where it is likeliest: native code asks for the GIL when it is done.
        """
        np.add.at(self.computing_ns, thread, off_cpu_ns)
        self.computing.add(self._slots[thread], request_ns - off_cpu_ns, request_ns)


def thread_rows(
    trace: Trace, tallies: ThreadTallies, off: OffGil, tasks: Tasks
) -> tuple[ThreadRow, ...]:
    """Make the rows of all threads, in the order of their first appearance."""
    threads = dict(trace.threads)
    for number in np.flatnonzero(tallies.acquires + tallies.wait_ns).tolist():
        if number not in threads:
            start = int(tallies.first_ns[number])
            threads[number] = Thread(
                number, 0, f"thread {number}", start, trace.end_ns, 0, main=False, ended=False
            )
    grids = _Grids(trace, tallies, off)
    percentiles = tallies.waits.percentiles(0.5), tallies.waits.percentiles(0.99)
    numbers = sorted(threads)
    return tuple(
        _row(threads[number], tallies, off, grids, percentiles, tasks) for number in numbers
    )


def _row(
    thread: Thread,
    tallies: ThreadTallies,
    off: OffGil,
    grids: _Grids,
    percentiles: tuple[Floats, Floats],
    tasks: Tasks,
) -> ThreadRow:
    number = thread.thread
    hold, wait = int(tallies.hold_ns[number]), int(tallies.wait_ns[number])
    start, end = _life(thread, tallies)
    lifetime = max(end - start, hold + wait)
    off_gil = lifetime - hold - wait
    handover = min(int(off.handover_ns[number]), off_gil)
    # What was measured is exact; the rest is what its CPU clock says beyond the time it held.
    computing = max(int(off.computing_ns[number]), thread.cpu_ns - hold)
    computing = max(0, min(computing, off_gil - handover))
    longest_wait = int(tallies.longest_wait_ns[number])
    median_ns, late_ns = (float(each[number]) for each in percentiles)
    return ThreadRow(
        thread=number,
        name=thread.name,
        tid=thread.tid,
        start_s=start / 1e9,
        lifetime_s=lifetime / 1e9,
        hold_s=hold / 1e9,
        wait_s=wait / 1e9,
        off_gil_s=off_gil / 1e9,
        handover_s=handover / 1e9,
        cpu_s=thread.cpu_ns / 1e9,
        computing_s=computing / 1e9,
        acquires=int(tallies.acquires[number]),
        contended_acquires=int(tallies.contended[number]),
        longest_hold_s=int(tallies.longest_hold_ns[number]) / 1e9,
        longest_wait_s=longest_wait / 1e9,
        wait_p50_s=min(median_ns, longest_wait) / 1e9,
        wait_p99_s=min(late_ns, longest_wait) / 1e9,
        timeline=grids.timeline(thread, start, end, computing),
        task=tasks.of_thread(number),
    )


def _life(thread: Thread, tallies: ThreadTallies) -> tuple[int, int]:
    """An entry may be older than the thread's last event."""
    start = min(thread.start_ns, int(tallies.first_ns[thread.thread]))
    return start, max(thread.end_ns, int(tallies.last_ns[thread.thread]))


class _Grids:
    """The timelines of all threads that have one."""

    def __init__(self, trace: Trace, tallies: ThreadTallies, off: OffGil) -> None:
        self._edges = tallies.holding.edges
        self._slots = tallies.slots
        self._slot_count = int(tallies.slots.max(initial=0))
        self._holding = tallies.holding.nanoseconds()
        self._waiting = tallies.waiting.nanoseconds()
        self._computing = off.computing.nanoseconds()
        self._cpu = _cpu_by_thread(trace.cpu)

    def timeline(self, thread: Thread, start_ns: int, end_ns: int, computing_ns: int) -> Timeline:
        slot = int(self._slots[thread.thread]) if thread.thread < len(self._slots) else -1
        if not 0 <= slot < self._slot_count or not self._edges[-1]:
            return _NO_TIMELINE
        edges = self._edges
        alive = np.diff(np.clip(edges, start_ns, end_ns)).astype(np.float64)
        hold = np.minimum(self._holding[slot], alive)
        wait = np.minimum(self._waiting[slot], alive - hold)
        rest = alive - hold - wait
        computing = self._computing_of(thread, slot, computing_ns, hold, rest)
        width = np.maximum(1, np.diff(edges))
        parts = (hold, wait, computing, rest - computing)
        return Timeline(*(tuple((part / width).tolist()) for part in parts))

    def _computing_of(
        self, thread: Thread, slot: int, computing_ns: int, hold: Floats, rest: Floats
    ) -> Floats:
        """Place the computing: where it was measured, where the CPU clock ran, then anywhere."""
        placed: Floats = np.minimum(self._computing[slot], rest)
        times, cpu = self._cpu.get(thread.thread, (None, None))
        if times is not None and cpu is not None:
            times = np.concatenate([[thread.start_ns], times, [thread.end_ns]])
            cpu = np.concatenate([[0], cpu, [thread.cpu_ns]])
            cpu = np.maximum.accumulate(cpu)
            order = np.argsort(times, kind="stable")
            used = np.diff(np.interp(self._edges, times[order], cpu[order]))
            placed = np.maximum(placed, np.clip(used - hold, 0, rest))
        total = float(placed.sum())
        room = rest - placed
        space = float(room.sum())
        if total > computing_ns:
            placed = placed * (computing_ns / total)
        elif space > 0:
            placed = placed + room * min(1.0, (computing_ns - total) / space)
        return placed


def _cpu_by_thread(rows: npt.NDArray[np.void]) -> dict[int, tuple[Ints, Ints]]:
    """Split the CPU rows by thread: times and CPU time used until then, in ns."""
    order = np.argsort(rows["thread"], kind="stable")
    rows = rows[order]
    threads, starts = np.unique(rows["thread"], return_index=True)
    groups: Iterable[npt.NDArray[np.void]] = np.split(rows, starts[1:]) if len(rows) else ()
    return {
        number: (
            group["time_ns"].astype(np.int64),
            np.minimum(group["cpu_ns"], np.uint64(2**62)).astype(np.int64),
        )
        for number, group in zip(threads.tolist(), groups, strict=True)
    }
