"""Who holds the GIL, and who waits for it or for a lock, at the last moment that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gilscope.trace import SAMPLER_TABLE, LockFlags, LockResult, OpenState
from gilscope.trace.layout import LOCK_FOREVER
from gilscope.trace.threads import name_of

if TYPE_CHECKING:
    import numpy as np

    from gilscope.analysis.model import Line
    from gilscope.live.process import Growing


class NowState(StrEnum):
    HOLDING = "holding"
    WAITING = "waiting"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class NowRow:
    """One thread that holds or waits. `line` is None where it is not known: it is yet to be seen.

    `waiters`: of a holder, how many wait for that GIL. `is_stall`: a holder that others wait for,
    and that should have let go by now.
    """

    thread: int
    name: str
    state: NowState
    since_s: float  # for how long
    line: Line | None
    waiters: int = 0
    is_stall: bool = False


def now_rows(process: Growing) -> tuple[NowRow, ...]:
    """Return who holds, then who waits for a GIL, then who waits for a lock; the longest first."""
    moment = process.now
    rows = [_of_gil(process, row) for row in moment.open]
    rows += [
        _of_lock(process, row, int(gil))
        for row, gil in zip(moment.locks, moment.lock_gils, strict=True)
        if row["result"] % LOCK_FOREVER == LockResult.OPEN and not row["flags"] & LockFlags.STOPPED
    ]
    order = list(NowState)
    return tuple(sorted(rows, key=lambda row: (order.index(row.state), -row.since_s)))


def _of_gil(process: Growing, row: np.void) -> NowRow:
    moment, thread, gil = process.now, int(row["thread"]), int(row["gil"])
    name = name_of(process.threads, thread)
    mine = moment.open[moment.open["gil"] == gil]
    waiting = mine[mine["state"] == OpenState.WAITING]
    if row["state"] == OpenState.WAITING:
        since_ns = moment.time_ns - int(row["request_ns"])
        line = _line(process, gil, int(row["path_id"]))
        return NowRow(thread, name, NowState.WAITING, since_ns / 1e9, line)
    acquire_ns = int(row["acquire_ns"])
    asked_ns = max(acquire_ns, int(waiting["request_ns"].min(initial=moment.time_ns)))
    late_ns = moment.time_ns - asked_ns - process.meta.switch_interval_ns
    return NowRow(
        thread,
        name,
        NowState.HOLDING,
        (moment.time_ns - acquire_ns) / 1e9,
        _line(process, SAMPLER_TABLE, _seen_at(process, gil, acquire_ns)),
        waiters=len(waiting),
        is_stall=len(waiting) > 0 and late_ns >= process.meta.switch_interval_ns,
    )


def _seen_at(process: Growing, gil: int, acquire_ns: int) -> int:
    """Return the path at which a hold was last seen; 0: it was not."""
    found, latest = 0, 0
    for rows in (process.samples.rows, process.looks.rows):
        mine = rows[(rows["acquire_ns"] == acquire_ns) & (rows["gil"] == gil)]
        if len(mine) and int(mine["time_ns"][-1]) > latest:
            latest, found = int(mine["time_ns"][-1]), int(mine["path_id"][-1])
    return found


def _of_lock(process: Growing, row: np.void, gil: int) -> NowRow:
    thread, site = int(row["thread"]), int(row["site"])
    since_ns = process.now.time_ns - int(row["begin_ns"])
    if row["flags"] & LockFlags.SITE_IS_PATH:
        line = _line(process, SAMPLER_TABLE, site)
    else:
        paths = process.sites(gil).path
        line = _line(process, gil, int(paths[site]) if site < len(paths) else 0)
    return NowRow(thread, name_of(process.threads, thread), NowState.LOCK, since_ns / 1e9, line)


def _line(process: Growing, table: int, path: int) -> Line | None:
    if not 0 < path < len(process.paths(table)):
        return None
    return process.lines[process.lines.number(table, path)]
