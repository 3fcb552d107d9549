"""A run without a GIL: who waited for which lock, and who stopped all others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.gillessrows import ContendedRow, GillessThread, LockKind, WithoutGil
from gilscope.analysis.pauses import STOPS, find_pauses, stop_rows
from gilscope.trace import LockFlags

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.model import Run, ThreadRow
    from gilscope.analysis.purpose import Purposes
    from gilscope.trace import LockWaits

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

_KINDS = tuple(LockKind)
_NOBODY = -1


def told_apart(waits: LockWaits, purposes: Purposes) -> tuple[LockWaits, Bools, LockWaits]:
    """Return the waits for locks, which of them are a purpose, and what is none of them.

    That is where the interpreter had stopped its threads, or a thread waited to have them stopped.
    """
    stops = waits.flags & STOPS != 0
    locks = waits.select(~stops)
    return locks, purposes.idle_waits(locks), waits.select(stops)


def without_gil(
    run: Run,
    locks: LockWaits,
    idle: Bools,
    stops: LockWaits,
    threads: Sequence[ThreadRow],
    lines: Lines,
) -> WithoutGil | None:
    """Sum up a run that began without a GIL; `locks`, `idle` and `stops` as told apart."""
    if run.gil_enabled:
        return None
    stopped = stops.select(stops.flags & LockFlags.STOPPED != 0)
    # From there on it is ready, and may not have a core.
    stopped = replace(
        stopped, end_ns=np.where(stopped.wake_ns > 0, stopped.wake_ns, stopped.end_ns)
    )
    pauses = find_pauses(stops)
    rows = _threads(threads, locks, idle, stopped)
    known = [row.ready_s for row in rows if row.ready_s is not None]
    return WithoutGil(
        cores_used=sum(row.cpu_s for row in rows) / max(run.rows_s, 1e-9),
        wait_s=sum(row.wait_s for row in rows),
        stopped_s=sum(row.stopped_s for row in rows),
        ready_s=sum(known) if known else None,
        paused_s=sum(each.pause_ns for each in pauses) / 1e9,
        contended=_contended(locks, idle, lines),
        stops=stop_rows(pauses, lines),
        threads=rows,
    )


def _threads(
    threads: Sequence[ThreadRow], locks: LockWaits, idle: Bools, stopped: LockWaits
) -> tuple[GillessThread, ...]:
    numbers = [row.thread for row in threads]
    waited = (int(each.thread.max(initial=0)) for each in (locks, stopped))
    size = 1 + max([0, *numbers, *waited])
    wait_s = _by_thread(locks.select(~idle), size)
    idle_s = _by_thread(locks.select(idle), size)
    stopped_s = _by_thread(stopped, size)
    return tuple(
        GillessThread(
            row.thread,
            row.name,
            row.lifetime_s,
            row.cpu_s,
            wait_s[row.thread],
            idle_s[row.thread],
            stopped_s[row.thread],
            row.ready_s,
        )
        for row in threads
    )


def _by_thread(waits: LockWaits, size: int) -> list[float]:
    sums: list[float] = (
        np.bincount(waits.thread, weights=waits.wait_ns, minlength=size) / 1e9
    ).tolist()
    return sums


def _kinds(flags: Ints) -> Ints:
    """Positions in `_KINDS`."""
    kind = np.zeros(len(flags), np.int64)
    for flag, each in (
        (LockFlags.OF_OBJECT, LockKind.OBJECT),
        (LockFlags.OF_DICT, LockKind.DICT),
        (LockFlags.OF_LIST, LockKind.LIST),
        (LockFlags.OF_SET, LockKind.SET),
    ):
        kind[flags & flag != 0] = _KINDS.index(each)
    kind[flags & LockFlags.OF_OBJECT == 0] = 0
    return kind


def _contended(waits: LockWaits, idle: Bools, lines: Lines) -> tuple[ContendedRow, ...]:
    here = lines.numbers_in(waits.table, waits.path)
    there, known = np.full(len(waits), _NOBODY, np.int64), waits.waker_path > 0
    there[known] = lines.numbers_in(waits.waker_gil[known], waits.waker_path[known])
    columns = np.stack([here, _kinds(waits.flags), there, idle.astype(np.int64)], axis=1)
    keys, inverse = np.unique(columns, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    sums = np.bincount(inverse, weights=waits.wait_ns, minlength=len(keys)) / 1e9
    counts = np.bincount(inverse, minlength=len(keys))
    longest = np.zeros(len(keys), np.int64)
    np.maximum.at(longest, inverse, waits.wait_ns)
    rows = [
        ContendedRow(
            line=lines[line],
            kind=_KINDS[kind],
            ended_at=None if by == _NOBODY else lines[by],
            wait_s=wait_s,
            waits=count,
            longest_wait_s=most / 1e9,
            purpose=bool(purpose),
        )
        for (line, kind, by, purpose), wait_s, count, most in zip(
            keys.tolist(), sums.tolist(), counts.tolist(), longest.tolist(), strict=True
        )
    ]
    return tuple(sorted(rows, key=lambda row: -row.wait_s))
