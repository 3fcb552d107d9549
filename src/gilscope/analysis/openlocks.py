"""Who still waited for a lock when the recording ended, and whether they waited for each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lockrows import OpenLockRow
from gilscope.analysis.stuck import LEAST_NS, alive_in_the_end, open_in_the_end, stuck_waits
from gilscope.trace import LockFlags, LockResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.purpose import Purposes
    from gilscope.trace import LockWaits, Trace

NOBODY = 0
OF_QUEUE = LockFlags.OF_QUEUE


def open_lock_rows(
    waits: LockWaits,
    trace: Trace,
    lines: Lines,
    purposes: Purposes,
    name: Callable[[int], str],
) -> tuple[OpenLockRow, ...]:
    """Return the waits that were open, those of a cycle first, then by how long they had lasted."""
    stuck = stuck_waits(waits, trace, purposes)
    still = open_in_the_end(waits, trace) if stuck is None else stuck
    owners = {int(t): _owner(i, still, waits) for i, t in enumerate(still.thread.tolist())}
    alive = alive_in_the_end(trace) if stuck is None else set(stuck.thread.tolist())
    if alive <= set(still.thread.tolist()):
        owners |= _own_owners(still, purposes)
    owners |= _joined(owners, still, alive, purposes)
    lasted = {int(t): int(ns) for t, ns in zip(still.thread, still.wait_ns, strict=True)}
    needs = {**owners, **_only_other(owners, still, alive, purposes)}
    cycle = _cycle({t: o for t, o in needs.items() if lasted[t] >= LEAST_NS})
    rows = []
    for i, thread in enumerate(still.thread.tolist()):
        table, path = int(still.table[i]), int(still.path[i])
        owner = owners[thread]
        rows.append(
            OpenLockRow(
                name(thread),
                lasted[thread] / 1e9,
                lines[lines.number(table, path)],
                name(owner) if owner != NOBODY else None,
                in_cycle=thread in cycle,
                purpose=purposes.is_idle(table, path),
                is_own=owner == thread,
                awaited=purposes.awaited(table, path, int(still.flags[i])),
                is_stuck=stuck is not None,
            )
        )
    return tuple(sorted(rows, key=lambda row: (not row.in_cycle, -row.since_s)))


def _owner(row: int, still: LockWaits, waits: LockWaits) -> int:
    """Return who had what a wait is for, unless another thread has got it since.

    Who waits for what it has taken itself waits for a signal.
    """
    owner, thread = int(still.owner[row]), int(still.thread[row])
    if owner in (NOBODY, thread):
        return NOBODY
    same = (waits.lock == still.lock[row]) & (waits.result == LockResult.GOT)
    got_since = same & (waits.end_ns > still.begin_ns[row])
    return NOBODY if np.any(got_since) else owner


def _own_owners(still: LockWaits, purposes: Purposes) -> dict[int, int]:
    """Return the threads that wait for what they have taken themselves, and not for a signal.

    That is sure only where no other thread is left that could give one: all wait for locks.
    """
    own = still.select(still.owner == still.thread)
    told = (own.flags & OF_QUEUE) == OF_QUEUE
    places = zip(own.table.tolist(), own.path.tolist(), strict=True)
    known = ~told & ~np.array([purposes.is_condition(*each) for each in places], np.bool_)
    return {each: each for each in own.thread[known].tolist()}


def _joined(
    owners: Mapping[int, int], still: LockWaits, alive: AbstractSet[int], purposes: Purposes
) -> dict[int, int]:
    """Return whom threads wait to end, where the trace does not say, and there is only one left."""
    if len(alive) != 2:
        return {}
    found = {}
    columns = (still.thread, still.table, still.path)
    for thread, *place in zip(*(each.tolist() for each in columns), strict=True):
        if thread in alive and owners[thread] == NOBODY and purposes.is_join(*place):
            (found[thread],) = alive - {thread}
    return found


def _only_other(
    owners: Mapping[int, int], still: LockWaits, alive: AbstractSet[int], purposes: Purposes
) -> dict[int, int]:
    """Return who could let threads go on that wait for a lock, if there is only one left.

    Whether that one has the lock does not matter: nobody else is there to give it back.
    """
    if len(alive) != 2:
        return {}
    found = {}
    columns = (still.thread, still.table, still.path, still.flags)
    for thread, table, path, flags in zip(*(each.tolist() for each in columns), strict=True):
        waits_for_news = purposes.is_condition(table, path) or flags & OF_QUEUE
        if thread in alive and owners[thread] == NOBODY and not waits_for_news:
            (found[thread],) = alive - {thread}
    return found


def _cycle(owners: Mapping[int, int]) -> set[int]:
    """Return the threads that wait for each other in a circle."""
    found: set[int] = set()
    for first in owners:
        way, thread = [first], owners[first]
        while thread in owners and thread not in way:
            way.append(thread)
            thread = owners[thread]
        if thread == first:
            found.update(way)
    return found
