"""Totals of the whole run, where the trace keeps only the rows of the end of it.

What the totals have of rows that are kept is counted once: it is taken away again, row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.tallies import GilTallies, thread_count

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.stretch import Stretch
    from gilscope.analysis.tallies import ThreadTallies
    from gilscope.trace import Totals, Trace

    Ints = npt.NDArray[np.int64]


class GilOfWholeRun:
    """What the totals of one GIL add to what its rows say."""

    def __init__(self, trace: Trace, totals: Totals) -> None:
        self._holds = totals.holds
        self._kept = GilTallies(max(1, trace.end_ns))
        rows = totals.threads[totals.threads["thread"] <= trace.largest_thread]
        self._thread = rows["thread"].astype(np.int64)
        size = thread_count(trace)
        self.hold_ns, self.wait_ns = _spread(self._thread, rows, "held_ns", "wait_ns", size=size)
        self.acquires, self.contended = _spread(self._thread, rows, "holds", "waits", size=size)
        self.longest_hold_ns, self.longest_wait_ns = _spread(
            self._thread, rows, "longest_hold_ns", "longest_wait_ns", size=size
        )
        self.forced = int(rows["forced"].sum())
        self.contended_ns = totals.contended_ns

    def leave_out(self, stretch: Stretch, forced_sites: npt.NDArray[np.bool_]) -> None:
        """Take away the holds of a stretch that the totals have, too."""
        if stretch.is_open:
            return
        holds, waiting = stretch.holds, stretch.waiting
        rows = int(np.searchsorted(holds.index, self._holds))
        waits = int(np.searchsorted(waiting.row[: waiting.ending], rows))
        thread, size = holds.thread[:rows], len(self.hold_ns)
        self.hold_ns -= _sums(thread, stretch.hold_ns[:rows], size)
        self.acquires -= _sums(thread, holds.count[:rows], size)
        row = waiting.row[:waits]
        wait_ns = holds.acquire_ns[row] - holds.request_ns[row]
        self.wait_ns -= _sums(waiting.thread[:waits], wait_ns, size)
        self.contended -= np.bincount(waiting.thread[:waits], minlength=size)
        self.forced -= int(forced_sites[holds.site[:rows]].sum())
        self._kept.add(stretch, rows, waits)

    def add_to(self, threads: ThreadTallies, gil: GilTallies) -> None:
        gil.held_ns += int(self.hold_ns.sum())
        gil.contended_ns += self.contended_ns - self._kept.contended_ns
        threads.hold_ns += self.hold_ns
        threads.wait_ns += self.wait_ns
        threads.acquires += self.acquires
        threads.contended += self.contended
        np.maximum(threads.longest_hold_ns, self.longest_hold_ns, out=threads.longest_hold_ns)
        np.maximum(threads.longest_wait_ns, self.longest_wait_ns, out=threads.longest_wait_ns)


def _spread(thread: Ints, rows: npt.NDArray[np.void], *names: str, size: int) -> list[Ints]:
    """Return columns of the totals by number of thread."""
    columns = []
    for name in names:
        column = np.zeros(size, np.int64)
        column[thread] = rows[name].astype(np.int64)
        columns.append(column)
    return columns


def _sums(thread: Ints, values: Ints, size: int) -> Ints:
    # Sums of whole numbers below 2**53 are exact in float64, bincount's only weights.
    return np.bincount(thread, weights=values, minlength=size).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Sums:
    """Of all threads and GILs of a process."""

    hold_ns: int
    wait_ns: int


def sums_of(trace: Trace) -> Sums:
    """Add up all holds and waits, without analysing them."""
    hold_ns = wait_ns = 0
    for gil in trace.gils:
        totals = trace.totals.get(gil)
        if totals is not None:
            hold_ns += int(totals.threads["held_ns"].sum())
            wait_ns += int(totals.threads["wait_ns"].sum())
        for each in trace.hold_blocks(gil):
            new = slice(int(np.searchsorted(each.index, totals.holds)) if totals else 0, None)
            hold_ns += int(each.held_ns[new].sum())
            wait_ns += int((each.acquire_ns[new] - each.request_ns[new]).sum())
    return Sums(hold_ns, wait_ns)
