"""Threads that nobody is left to wake: all that live wait, for good, for what others should do.

A wait without a timeout is ended by another thread, or by what the main thread does when a signal
arrives. So if every thread is in such a wait, and the main thread is not there to be told
something by a signal, the program hangs. A thread that has never run Python, and so is in no trace,
could still end a wait; no wait that is meant for that counts here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lockrows import Awaited
from gilscope.trace import LockResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.analysis.lockrows import OpenLockRow
    from gilscope.analysis.purpose import Purposes
    from gilscope.trace import LockWaits, Trace

LEAST_NS = 100_000_000  # shorter waits end by themselves
# What other threads do, and a signal does not.
_OF_THREADS = frozenset(
    {
        Awaited.LOCK,
        Awaited.THREAD,
        Awaited.RESULT,
        Awaited.ROOM,
        Awaited.TASKS,
        Awaited.MODULE,
    }
)


def open_in_the_end(waits: LockWaits, trace: Trace) -> LockWaits:
    return waits.select((waits.result == LockResult.OPEN) & (waits.end_ns >= trace.end_ns))


def alive_in_the_end(trace: Trace) -> set[int]:
    """Return the numbers of the threads that had not ended."""
    return {number for number, each in trace.threads.items() if not each.ended}


def stuck_waits(waits: LockWaits, trace: Trace, purposes: Purposes) -> LockWaits | None:
    """Return the last waits of threads that all hung, cut off where that ended; None: they did not.

    It ended with the recording, or when a signal (as of Ctrl-C) interrupted the main thread.
    """
    for moment_ns in _moments(waits, trace):
        here = waits.select((waits.begin_ns <= moment_ns) & (waits.end_ns >= moment_ns))
        alive = {
            number
            for number, each in trace.threads.items()
            if each.start_ns <= moment_ns and not (each.ended and each.end_ns < moment_ns)
        }
        if len(here) and alive == set(here.thread.tolist()) and _is_stuck(here, trace, purposes):
            return here.within(0, moment_ns)
    return None


@dataclass(frozen=True, slots=True)
class Hang:
    """How threads waited for locks in the end."""

    has_cycle: bool  # some waited for each other
    is_stuck: bool  # all waited, and none was left to end that
    nobody_was_awake: bool  # all waited without a timeout, perhaps for a signal


def hang_of(rows: Sequence[OpenLockRow], waits: LockWaits, trace: Trace) -> Hang:
    return Hang(
        any(row.in_cycle for row in rows),
        any(row.is_stuck for row in rows),
        _nobody_is_awake(waits, trace),
    )


def _nobody_is_awake(waits: LockWaits, trace: Trace) -> bool:
    """Whether all threads waited without a timeout when the recording ended."""
    still, alive = open_in_the_end(waits, trace), alive_in_the_end(trace)
    return bool(alive) and alive == set(still.thread[still.forever].tolist())


def _moments(waits: LockWaits, trace: Trace) -> Iterator[int]:
    yield trace.end_ns
    main = [number for number, each in trace.threads.items() if each.main]
    cut = np.isin(waits.thread, main) & (waits.result == LockResult.INTERRUPTED)
    yield from waits.end_ns[cut][-1:].tolist()


def _is_stuck(here: LockWaits, trace: Trace, purposes: Purposes) -> bool:
    if not here.forever.all() or int(here.wait_ns.min()) < LEAST_NS:
        return False
    columns = (each.tolist() for each in (here.thread, here.table, here.path, here.flags))
    for thread, table, path, flags in zip(*columns, strict=True):
        awaited = purposes.awaited(table, path, flags)
        if awaited in (Awaited.EVENT, Awaited.UNKNOWN):
            return False
        if trace.threads[thread].main and awaited not in _OF_THREADS:
            return False
    return True
