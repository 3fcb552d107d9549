"""Waits for locks as slices: who waited, where, and who ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.gilless import told_apart
from gilscope.analysis.purpose import Purposes
from gilscope.export.slices import NOWHERE, SliceKind, Slices, joined

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]


def lock_slices(trace: Trace, lines: Lines) -> Slices:
    """Return all waits for locks, and those in which the interpreter had stopped threads.

    Lanes are threads. `waited_ns` is how long each was; nothing is held.
    """
    locks, idle, stops = told_apart(trace.lock_waits(), Purposes(trace))
    kinds = np.where(idle, SliceKind.IDLE, SliceKind.LOCK)
    stopped = np.full(len(stops), SliceKind.STOPPED)
    return joined([_slices(locks, kinds, lines), _slices(stops, stopped, lines)])


def _slices(waits: LockWaits, kind: Ints, lines: Lines) -> Slices:
    zero, one = np.zeros(len(waits), np.int64), np.ones(len(waits), np.int64)
    line = lines.numbers_in(waits.table, waits.path)
    return Slices(
        kind=kind,
        lane=waits.thread,
        begin_ns=waits.begin_ns,
        end_ns=waits.end_ns,
        holds=zero,
        held_ns=zero,
        waits=one,
        waited_ns=waits.wait_ns,
        line=np.where(waits.path == 0, NOWHERE, line),
        by=np.where(waits.wake_ns > 0, waits.waker, 0),
        by_ns=waits.wake_ns,
    )
