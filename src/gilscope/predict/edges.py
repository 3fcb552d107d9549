"""Who waits for whom: a thread that is woken, joined or started, and the one that did it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.groups import name_pattern
from gilscope.analysis.purpose import JOINS, Purposes, is_in
from gilscope.predict.rows import AWAITS, BLOCKS, GOES_ON, IDLE, MARK, OFF, POSTS

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.rows import Rows
    from gilscope.trace import HoldBlock, LockWaits, Thread, Trace

START = {("threading.py", "Thread.start")}
SOON_NS = 50_000_000  # a new thread needs a core before it can say that it runs


@dataclass(frozen=True, slots=True)
class Started:
    """A thread by its number and its name, and when another one started it."""

    thread: int
    name: str
    at_ns: int


def add_waits(
    rows: Rows, trace: Trace, waits: LockWaits
) -> tuple[LockWaits, npt.NDArray[np.bool_]]:
    """Who waited goes on when its waker has come to where it woke it.

    Return the waits that became events, and which of them were joins.
    """
    waits = waits.select(are_told(waits))
    event = rows.new_events(len(waits))
    rows.add(waits.thread, waits.begin_ns, BLOCKS, IDLE)
    rows.add(waits.thread, waits.wake_ns, GOES_ON, AWAITS, event)
    rows.add(waits.thread, waits.wake_ns, GOES_ON, OFF)
    rows.add(waits.waker, waits.wake_ns, MARK, POSTS, event)
    return waits, are_joins(trace, waits)


def are_told(waits: LockWaits) -> npt.NDArray[np.bool_]:
    """Mark those that are known to have been ended by another thread: they become events."""
    told: npt.NDArray[np.bool_] = (waits.waker > 0) & (waits.wake_ns > 0)
    told &= waits.waker != waits.thread
    return told


def are_joins(trace: Trace, waits: LockWaits) -> npt.NDArray[np.bool_]:
    """Mark waits for ends of threads."""
    places = list(zip(waits.table.tolist(), waits.path.tolist(), strict=True))
    frames = {each: trace.paths(each[0]).frame(each[1]) for each in set(places)}
    joins = {each: is_in(frame.file, frame.function, JOINS) for each, frame in frames.items()}
    return np.array([joins[each] for each in places], np.bool_)


def are_for_locks(trace: Trace, waits: LockWaits) -> npt.NDArray[np.bool_]:
    """Mark waits for what others had, which is not what the thread is there for."""
    purposes = Purposes(trace)
    places = list(zip(waits.table.tolist(), waits.path.tolist(), strict=True))
    known = {
        each: not purposes.is_idle(*each) and not _is_told(trace, *each) for each in set(places)
    }
    return np.array([known[each] for each in places], np.bool_) & (waits.lock > 0)


def _is_told(trace: Trace, table: int, path: int) -> bool:
    """Whether a thread waits there to be told something: no lock that others have."""
    frame = trace.paths(table).frame(path)
    return frame.file.endswith("threading.py") and "wait" in frame.function.rpartition(".")[2]


def add_starts(
    rows: Rows, trace: Trace, holds: HoldBlock, waits: LockWaits, known: dict[int, tuple[int, int]]
) -> dict[int, list[Started]]:
    """A thread goes on with its first step when another has started it.

    `known`: by thread, who started it, and when. Return which threads each has started.
    """
    started: dict[int, list[Started]] = defaultdict(list)
    starters = _Starters(trace, holds, waits)
    for thread in trace.threads.values():
        if thread.main or thread.start_ns <= 0:
            continue
        starter, moment_ns = known.get(thread.thread) or starters.of(thread)
        if starter in (0, thread.thread):
            continue
        event = rows.new_events(1)
        number, at_ns = np.array([thread.thread]), np.array([thread.start_ns])
        rows.add(number, at_ns, GOES_ON, AWAITS, event)
        rows.add(number, at_ns, GOES_ON, OFF)
        rows.add(np.array([starter]), np.array([moment_ns]), MARK, POSTS, event)
        started[starter].append(Started(thread.thread, thread.name, moment_ns))
    return started


def add_joins(
    rows: Rows, holds: HoldBlock, joined: LockWaits, started: dict[int, list[Started]]
) -> set[tuple[int, int]]:
    """Who waits for the end of one thread waits for those like it which it started, too.

    Those that have ended when it goes on are not waited for in the recording; without the GIL they
    may end later. That they would be joined is likely, and no more: it is not in `low_ns`.
    """
    order = np.argsort(holds.thread, kind="stable")
    threads, first = np.unique(holds.thread[order], return_index=True)
    of_thread = dict(zip(threads.tolist(), np.split(order, first[1:]), strict=True))
    known: set[tuple[int, int]] = set(
        zip(joined.thread.tolist(), joined.waker.tolist(), strict=True)
    )
    columns = (joined.thread, joined.waker, joined.wake_ns)
    for waiter, ended, wake_ns in zip(*(each.tolist() for each in columns), strict=True):
        children = started.get(waiter, [])
        pattern = next((name_pattern(each.name) for each in children if each.thread == ended), None)
        for child in children if pattern is not None and waiter in of_thread else ():
            mine, its = of_thread[waiter], of_thread.get(child.thread)
            if its is None or (waiter, child.thread) in known:
                continue
            later = np.searchsorted(holds.acquire_ns[mine], wake_ns)
            goes_on_ns = int(holds.acquire_ns[mine[later]]) if later < len(mine) else 0
            end_ns = int(holds.release_ns[its[-1]])
            if name_pattern(child.name) != pattern or end_ns > goes_on_ns:
                continue
            known.add((waiter, child.thread))
            event = rows.new_events(1)
            rows.add(np.array([waiter]), np.array([wake_ns]), GOES_ON, AWAITS, event)
            rows.add(np.array([child.thread]), np.array([end_ns]), MARK, POSTS, event)
    return known


class _Starters:
    """Who started a thread, and when; thread 0 where that is not known."""

    def __init__(self, trace: Trace, holds: HoldBlock, waits: LockWaits) -> None:
        self._trace = trace
        self._in_start: dict[tuple[int, int], bool] = {}  # by table and path
        self._holds = holds
        self._waits = waits
        self._by_thread = np.argsort(holds.thread, kind="stable")
        self._threads = holds.thread[self._by_thread]
        wakers, first = np.unique(waits.waker, return_index=True)
        self._first_ended = dict(zip(wakers.tolist(), first.tolist(), strict=True))

    def of(self, thread: Thread) -> tuple[int, int]:
        """Ask who waited in `Thread.start` for the new thread to say that it runs.

        If it had said so before anybody waited, it was whoever had the GIL: starting a thread does
        not give it up.
        """
        wait = self._first_ended.get(thread.thread)
        if wait is not None and self._is_in_start(wait):
            began_ns, waiter = int(self._waits.begin_ns[wait]), int(self._waits.thread[wait])
            hold = self._hold_before(waiter, began_ns)
            if hold is not None and abs(began_ns - thread.start_ns) < SOON_NS:
                return waiter, _last(self._holds, hold, began_ns)
        hold = int(np.searchsorted(self._holds.acquire_ns, thread.start_ns, side="right")) - 1
        if hold < 0:
            return 0, 0
        return int(self._holds.thread[hold]), _last(self._holds, hold, thread.start_ns)

    def _is_in_start(self, wait: int) -> bool:
        table, path = int(self._waits.table[wait]), int(self._waits.path[wait])
        if (table, path) not in self._in_start:
            frames = self._trace.paths(table).frames(path)
            found = any(is_in(each.file, each.function, START) for each in frames)
            self._in_start[table, path] = found
        return self._in_start[table, path]

    def _hold_before(self, thread: int, time_ns: int) -> int | None:
        low, high = np.searchsorted(self._threads, [thread, thread + 1])
        mine = self._by_thread[low:high]
        place = int(np.searchsorted(self._holds.acquire_ns[mine], time_ns, side="right")) - 1
        return int(mine[place]) if place >= 0 else None


def _last(holds: HoldBlock, hold: int, until_ns: int) -> int:
    """Return the last moment of a hold that is not after another."""
    return max(int(holds.acquire_ns[hold]), min(until_ns, int(holds.release_ns[hold]) - 1))
