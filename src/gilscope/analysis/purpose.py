"""Waits that are what a thread is for: no cost, whatever else the program does.

The rule: looked at from the innermost frame outwards, a call path begins with frames that only wait
(`_WAITS`, there may be none), and then, or among these, comes one of `_PURPOSES`. So a worker that
waits for work is idle, and one that sleeps in the middle of its work is not, though the same
function of a pool called both. Nor does it cost to wait at a `queue.SimpleQueue`, or for a lock
that the thread itself has taken: it waits to be told something. Where threads hand each other
what they all need through a queue, they do not wait for work (handedround.py). What is none of
these is not idle:
`Lock.acquire`, `Condition.wait`, `Semaphore`, `Barrier`, `time.sleep` and all I/O cost the thread
that waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.handedround import handed_round
from gilscope.analysis.lockrows import Awaited
from gilscope.analysis.ownwaits import kernels_threads
from gilscope.trace import LockFlags

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import numpy.typing as npt

    from gilscope.trace import LockWaits, PathTable
    from gilscope.trace.paths import Frame
    from gilscope.trace.rows import Named

    Ints = npt.NDArray[np.int64]

# By the last parts of a file's name, and a function in it.
JOINS = {
    ("threading.py", "Thread.join"),
    ("threading.py", "Thread._wait_for_tstate_lock"),
    ("threading.py", "_shutdown"),
}
_RESULTS = {
    ("futures/_base.py", "Future.result"),
    ("futures/_base.py", "Future.exception"),
    ("futures/_base.py", "wait"),
    ("futures/_base.py", "as_completed"),
}
_QUEUES = {("queue.py", "Queue.get")}
_NEWS = {("futures/thread.py", "_worker"), *_QUEUES}
_EVENTS = {("threading.py", "Event.wait")}
_SEMAPHORES = {("threading.py", "Semaphore.acquire")}
_TASKS = {("queue.py", "Queue.join")}
_ROOM = {("queue.py", "Queue.put")}
_MODULES = {("<frozen importlib._bootstrap>", "_ModuleLock.acquire")}
_PURPOSES = {
    # Waiting for threads, and for what was given to them: what they do meanwhile is what counts.
    *JOINS,
    *_RESULTS,
    # Waiting to be told: nobody has an event, so nobody keeps others from it.
    *_EVENTS,
    # A worker without work.
    *_NEWS,
    # A pool of processes without work: its queue's `get` is in C.
    ("multiprocessing/pool.py", "Pool._handle_tasks"),
    # An event loop, or a server, with nothing to do.
    ("asyncio/base_events.py", "BaseEventLoop._run_once"),
    ("asyncio/runners.py", "Runner.run"),  # uvloop's own frames are not Python's
    ("uvloop/__init__.py", "run"),
    ("socketserver.py", "BaseServer.serve_forever"),
}
# What these are waiting in.
_WAITS = {
    ("threading.py", "Condition.wait"),
    ("threading.py", "Condition.wait_for"),
    ("threading.py", "Event.wait"),
    ("threading.py", "Thread._wait_for_tstate_lock"),
    ("queue.py", "Queue.get"),
    ("selectors.py", "SelectSelector.select"),
    ("selectors.py", "SelectSelector._select"),
    ("selectors.py", "_PollLikeSelector.select"),
    ("selectors.py", "EpollSelector.select"),
    ("selectors.py", "DevpollSelector.select"),
    ("selectors.py", "KqueueSelector.select"),
}
_AWAITED = {
    Awaited.THREAD: JOINS,
    Awaited.RESULT: _RESULTS,
    Awaited.NEWS: _NEWS,
    Awaited.EVENT: _EVENTS,
    Awaited.LOCK: _SEMAPHORES,
    Awaited.TASKS: _TASKS,
    Awaited.ROOM: _ROOM,
    Awaited.MODULE: _MODULES,
}
# They wait for a lock that they have taken themselves, until another gives it.
_CONDITIONS = {("threading.py", "Condition.wait"), *_MODULES}
_PATH_BITS = 32
_KIND = LockFlags.OF_OBJECT | LockFlags.OF_DICT | LockFlags.OF_LIST | LockFlags.OF_SET


class Purposes:
    """Says of each path of a trace whether a thread that waits there is idle."""

    def __init__(self, trace: Named) -> None:
        self._trace = trace
        self._known: dict[tuple[int, int], bool] = {}

    def idle_waits(self, waits: LockWaits) -> npt.NDArray[np.bool_]:
        """Return which waits for locks are a purpose: by their paths, or by what they wait for.

        Who waits for a `queue.SimpleQueue`, whose `get` is in C, or for a lock that it has taken
        itself, waits to be told something; but a condition is such a lock, and costs who waits.
        """
        idle: npt.NDArray[np.bool_] = (waits.flags & _KIND) == LockFlags.OF_QUEUE
        keys, place = np.unique(waits.table << _PATH_BITS | waits.path, return_inverse=True)
        places = [divmod(key, 1 << _PATH_BITS) for key in keys.tolist()]
        idle |= np.array([self.is_idle(*each) for each in places], np.bool_)[place]
        own = np.flatnonzero((waits.owner == waits.thread) & ~idle)
        if len(own):
            told = np.array([not self.is_condition(*each) for each in places], np.bool_)
            idle[own] = told[place[own]]
        queues = np.array([self._is_users_queue(*each) for each in places], np.bool_)
        if queues.any():
            idle &= ~handed_round(waits, place, queues[place])
        return idle | np.isin(waits.thread, kernels_threads(self._trace))

    def _is_users_queue(self, table: int, path_id: int) -> bool:
        """Whether a thread waits there at a queue that is not a pool's own."""
        for frame in self._trace.paths(table).frames(path_id):
            if is_in(frame.file, frame.function, _QUEUES):
                return True
            if not is_in(frame.file, frame.function, _CONDITIONS):
                return False
        return False

    def is_condition(self, table: int, path_id: int) -> bool:
        """Whether a thread waits there for a condition; what is not known may be one."""
        frame = self._innermost(table, path_id)
        return frame is None or is_in(frame.file, frame.function, _CONDITIONS)

    def is_join(self, table: int, path_id: int) -> bool:
        """Whether a thread waits there for another one to end."""
        frame = self._innermost(table, path_id)
        return frame is not None and is_in(frame.file, frame.function, JOINS)

    def awaited(self, table: int, path_id: int, flags: int) -> Awaited:
        """Say what a thread waits for there; `flags` are those of the wait."""
        if flags & _KIND == LockFlags.OF_QUEUE:
            return Awaited.NEWS
        paths, is_condition = self._trace.paths(table), False
        for each in paths.ids(path_id):
            frame = paths.frame(each)
            for awaited, places in _AWAITED.items():
                if is_in(frame.file, frame.function, places):
                    return awaited
            if not is_in(frame.file, frame.function, _WAITS):
                return Awaited.CONDITION if is_condition else Awaited.LOCK
            is_condition = True
        return Awaited.UNKNOWN

    def _innermost(self, table: int, path_id: int) -> Frame | None:
        paths = self._trace.paths(table)
        return next(map(paths.frame, paths.ids(path_id)), None)

    def is_idle(self, table: int, path_id: int) -> bool:
        key = table, path_id
        if key not in self._known:
            self._known[key] = _look(self._trace.paths(table), path_id)
        return self._known[key]


def _look(paths: PathTable, path_id: int) -> bool:
    for each in paths.ids(path_id):
        frame = paths.frame(each)
        if is_in(frame.file, frame.function, _PURPOSES):
            return True
        if not is_in(frame.file, frame.function, _WAITS):
            return False
    return False


def is_in(file: str, function: str, places: AbstractSet[tuple[str, str]]) -> bool:
    """Whether a function is one of some, which are named by the end of their file's path."""
    parts = file.replace("\\", "/").split("/")
    return (parts[-1], function) in places or ("/".join(parts[-2:]), function) in places
