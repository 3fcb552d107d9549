"""One row per thread: where its time went, over all GILs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.model import ThreadRow
from gilscope.trace import Thread

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.tallies import OffGil, ThreadTallies
    from gilscope.analysis.tasks import Tasks
    from gilscope.analysis.timelines import Timelines
    from gilscope.trace import Readiness, Trace

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

# Without the GIL each time: a call that takes less does not wait for anything.
AT_ONCE_S = 100e-6


def comes_back_at_once(row: ThreadRow) -> bool:
    """Whether a thread wants the GIL again as soon as it has let go of it.

    So it is where it asks again and again whether something has happened, with `time.sleep(0)` in
    between; and where it does very short I/O. Which of them it is cannot be told.
    """
    return row.off_gil_s - row.handover_s < AT_ONCE_S * row.acquires


def needs_it_for_moments(row: ThreadRow) -> bool:
    """Whether it held the GIL for moments only, each time that it had waited for it."""
    if row.waited_hold_s is None or not row.contended_acquires:
        return row.hold_s < AT_ONCE_S * row.acquires
    return row.waited_hold_s < AT_ONCE_S * row.contended_acquires


def asks_again_and_again(row: ThreadRow) -> bool:
    """Whether it needs the GIL for moments only, and wants it again as soon as it has let go."""
    return comes_back_at_once(row) and row.hold_s < AT_ONCE_S * row.acquires


def thread_rows(
    trace: Trace,
    tallies: ThreadTallies,
    off: OffGil,
    tasks: Tasks,
    timelines: Timelines,
    readiness: Readiness,
) -> tuple[ThreadRow, ...]:
    """Make the rows of all threads, in the order of their first appearance."""
    threads = dict(trace.threads)
    for number in np.flatnonzero(tallies.acquires + tallies.wait_ns).tolist():
        if number not in threads:
            start = int(tallies.first_ns[number])
            threads[number] = Thread(
                number, 0, f"thread {number}", start, trace.end_ns, 0, main=False, ended=False
            )
    percentiles = tallies.waits.percentiles(0.5), tallies.waits.percentiles(0.99)
    numbers, partly = sorted(threads), trace.rows_from_ns() > 0
    return tuple(
        replace(
            _row(threads[number], tallies, off, timelines, percentiles, tasks),
            ready_s=_seconds(readiness.total_ns(number)),
            of_kernel=threads[number].of_kernel,
            waited_hold_s=_seconds(None if partly else int(tallies.waited_hold_ns[number])),
        )
        for number in numbers
    )


def _row(
    thread: Thread,
    tallies: ThreadTallies,
    off: OffGil,
    timelines: Timelines,
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
        timeline=timelines.of_thread(thread, start, end, computing),
        task=tasks.of_thread(number),
    )


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e9


def _life(thread: Thread, tallies: ThreadTallies) -> tuple[int, int]:
    """An entry may be older than the thread's last event."""
    start = min(thread.start_ns, int(tallies.first_ns[thread.thread]))
    return start, max(thread.end_ns, int(tallies.last_ns[thread.thread]))
