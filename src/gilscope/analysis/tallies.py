"""Sums per thread and per GIL, taken stretch by stretch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.histogram import WaitHistograms
from gilscope.analysis.shares import Shares
from gilscope.analysis.windows import contention

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]

_NEVER = 2**62


def thread_count(trace: Trace) -> int:
    """Return a number that every thread's number in the trace is smaller than."""
    return trace.largest_thread + 1


class ThreadTallies:
    """What each thread did, over all GILs; arrays are indexed by the thread's number."""

    def __init__(self, threads: int, slots: Ints, buckets: int, wall_ns: int) -> None:
        self.hold_ns = np.zeros(threads, np.int64)
        self.wait_ns = np.zeros(threads, np.int64)
        self.acquires = np.zeros(threads, np.int64)
        self.contended = np.zeros(threads, np.int64)
        self.waited_hold_ns = np.zeros(threads, np.int64)
        self.longest_hold_ns = np.zeros(threads, np.int64)
        self.longest_wait_ns = np.zeros(threads, np.int64)
        self.first_ns = np.full(threads, _NEVER, np.int64)
        self.last_ns = np.zeros(threads, np.int64)
        self.waits = WaitHistograms(threads)
        self.slots = slots
        rows = int(slots.max(initial=0)) + 1
        self.holding = Shares(rows, buckets, wall_ns)
        self.waiting = Shares(rows, buckets, wall_ns)

    def add(self, stretch: Stretch) -> None:
        holds, hold_ns = stretch.holds, stretch.hold_ns
        thread, size = holds.thread, len(self.hold_ns)
        self.acquires += np.bincount(thread, weights=holds.count, minlength=size).astype(np.int64)
        _raise(self.longest_hold_ns, thread, holds.longest_ns)
        self.hold_ns += self.holding.add_in_order(
            self.slots, thread, holds.acquire_ns, holds.release_ns, hold_ns
        )
        # Of several assignments to one place the last one stays. GILs come one after another.
        first = np.full(size, _NEVER, np.int64)
        first[thread[::-1]] = holds.request_ns[::-1]
        np.minimum(self.first_ns, first, out=self.first_ns)
        _raise(self.last_ns, thread, holds.release_ns)
        self._add_waits(stretch, size)

    def _add_waits(self, stretch: Stretch, size: int) -> None:
        waiting, holds = stretch.waiting, stretch.holds
        row = waiting.row[: waiting.ending]
        thread = waiting.thread[: waiting.ending]
        request, acquire = holds.request_ns[row], holds.acquire_ns[row]
        wait_ns = acquire - request
        held_ns = np.bincount(thread, weights=stretch.hold_ns[row], minlength=size)
        self.waited_hold_ns += held_ns.astype(np.int64)
        counts = np.bincount(thread, minlength=size)
        if stretch.is_open:
            # Who still waits has acquired nothing.
            still = np.arange(len(stretch)) >= len(stretch) - stretch.still_waiting
            self.acquires -= np.bincount(holds.thread[still], minlength=size)
            counts -= np.bincount(thread[still[row]], minlength=size)
        self.contended += counts
        _raise(self.longest_wait_ns, thread, wait_ns)
        self.wait_ns += self.waiting.add_in_order(self.slots, thread, request, acquire, wait_ns)
        self.waits.add(thread, wait_ns)


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


class GilTallies:
    """What happened to one GIL."""

    def __init__(self, wall_ns: int) -> None:
        self.held_ns = 0
        self.contended_ns = 0
        self.contention = contention(wall_ns)
        self._covered_from = _NEVER  # somebody waited from here to the end of what was seen

    def add(self, stretch: Stretch, rows: int | None = None, waits: int | None = None) -> None:
        """Add a stretch, or only its first holds and the first of the waits that end in it."""
        waiting = stretch.waiting
        waits = waiting.ending if waits is None else waits
        self.held_ns += int(stretch.hold_ns[:rows].sum())
        request = waiting.request_ns[:waits]
        if not len(request):
            return
        end = stretch.holds.acquire_ns[waiting.row[:waits]]
        # Ends are in order, so what later waits cover reaches back without a gap from any
        # moment after the earliest of their requests.
        earliest = np.minimum.accumulate(request[::-1])[::-1]
        later = np.append(earliest[1:], _NEVER)
        later = np.minimum(later, self._covered_from)
        new = np.minimum(end, later) - request
        request, new = request[new > 0], new[new > 0]
        self.contended_ns += int(new.sum())
        self.contention.add(np.zeros_like(new), request, request + new)
        self._covered_from = min(self._covered_from, int(earliest[0]))


def _raise(longest: Ints, thread: Ints, values: Ints) -> None:
    rows = np.flatnonzero(values > longest[thread])
    np.maximum.at(longest, thread[rows], values[rows])
