"""Threads that wait for each other, or for one that is gone, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.model import Awaited
from gilscope.report.gil.calling import place
from gilscope.report.gil.told import Told
from gilscope.words.numbers import counted, seconds
from gilscope.words.text import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import Analysis, OpenLockRow
    from gilscope.words.places import Places

MOST_NAMED = 3
_AWAITED = {
    Awaited.CONDITION: "a condition",
    Awaited.THREAD: "a thread to end",
    Awaited.RESULT: "a result",
    Awaited.NEWS: "something in a queue",
    Awaited.ROOM: "room in a queue",
    Awaited.TASKS: "the tasks of a queue",
    Awaited.MODULE: "a module to be imported",
}
_SAME_ORDER = "Take these locks in the same order everywhere, or one lock for both."
_RELEASE_FIRST = "Do not wait for a thread with a lock that it needs: release that first."
_TAKE_ONCE = "Take a lock once, or one that its owner may take again (threading.RLock)."
_OWN_RESULT = (
    "A thread that waits for a result cannot compute it: in a coroutine, `await` it"
    " (asyncio.wrap_future)."
)
_OTHERS_RESULT = (
    "Tasks that wait for tasks of the same pool need more workers than can wait at a time, or a"
    " pool of their own."
)
_NOT_DONE = "Call `task_done()` once for each item, in a `finally`, so that a failure counts, too."
_NO_THREADS_IN_IMPORTS = "Do not wait for a thread while a module is imported that it needs."
_TELLER_IS_GONE = (
    "Find the thread that should have told them, and what ended it: catch that, and let it tell"
    " the others (a last item, or queue.Queue.shutdown from 3.13 on)."
)
_OWNER_IS_GONE = (
    "Either the thread has that lock itself (threading.RLock may be taken again), or who had it is"
    " gone: ended without giving it back, or not forked along with this process."
)


def deadlock(analysis: Analysis, places: Places) -> Told:
    cycle = [row for row in analysis.open_locks if row.in_cycle]
    if not cycle:
        return _nobody_left(analysis, places)
    return Told(
        f"A deadlock: {listed(_steps(cycle, places))}.",
        f"They had waited for {_lasted(cycle)} or more when the recording ended; none of them"
        " can go on.",
        (_out_of_a_cycle(cycle),),
    )


def _nobody_left(analysis: Analysis, places: Places) -> Told:
    """All threads waited, and it is not known, or nobody any more, who was to end that."""
    rows = sorted(analysis.open_locks, key=lambda row: row.awaited is Awaited.THREAD)
    alone = "It" if len(rows) == 1 else "All"
    steps = _steps(rows, places) or ["all threads waited"]
    return Told(
        f"A deadlock: {listed(steps)}; no thread was left to end that.",
        f"{alone} had waited for {_lasted(rows)} or more, without a timeout.",
        (_out_of_a_hang(rows),),
    )


def _steps(rows: Sequence[OpenLockRow], places: Places) -> list[str]:
    steps = [
        f"{row.thread} waited at {place(row.line, places)} for {_needed(row)}"
        for row in rows[:MOST_NAMED]
    ]
    if len(rows) > len(steps):
        steps.append(f"so did {counted(len(rows) - len(steps), 'more thread')}")
    return steps


def _lasted(rows: Sequence[OpenLockRow]) -> str:
    return seconds(min((row.since_s for row in rows), default=0.0))


def _needed(row: OpenLockRow) -> str:
    if row.is_own:
        return "a lock that it had itself"
    if row.owner is not None and row.awaited is not Awaited.THREAD:
        return f"what {row.owner} had"
    return _AWAITED.get(row.awaited, "a lock")


def _out_of_a_cycle(cycle: Sequence[OpenLockRow]) -> str:
    if any(row.is_own for row in cycle):
        return _TAKE_ONCE
    return _RELEASE_FIRST if any(row.purpose for row in cycle) else _SAME_ORDER


def _out_of_a_hang(rows: Sequence[OpenLockRow]) -> str:
    awaited = [row.awaited for row in rows]
    if Awaited.RESULT in awaited:
        return _OWN_RESULT if len(rows) == 1 else _OTHERS_RESULT
    if Awaited.TASKS in awaited:
        return _NOT_DONE
    if Awaited.MODULE in awaited:
        return _NO_THREADS_IN_IMPORTS
    if {Awaited.NEWS, Awaited.ROOM, Awaited.CONDITION} & set(awaited):
        return _TELLER_IS_GONE
    return _SAME_ORDER if awaited.count(Awaited.LOCK) > 1 else _OWNER_IS_GONE
