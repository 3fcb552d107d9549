"""What threads do when they enter the lock of a condition: they leave something, or look for it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.purpose import is_in

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.sourcecode import SourceCode
    from gilscope.trace import Guarded, PathTable, Trace

    Ints = npt.NDArray[np.int64]


class Kind(Enum):
    """Of what the lock is part.

    Of TOKENS each that is left is found once; what there is of a STATE, all find; at a MEETING each
    waits for all.
    """

    TOKENS = auto()
    STATE = auto()
    MEETING = auto()


@dataclass(frozen=True, slots=True)
class Role:
    """What is done in one entry: `takes` and `gives` are names, equal where one is for the other.

    `clears`: what was given is to be given again. `counts`: the row's `state` says how many there
    are; `room`: it says how many there may be of what is taken. `any_of`: of several that are asked
    for, the one that is there first is taken.
    """

    kind: Kind
    takes: str = ""
    gives: str = ""
    clears: bool = False
    counts: bool = False
    room: bool = False
    any_of: bool = False


_SEMAPHORE_TAKES = Role(Kind.TOKENS, takes="permit", counts=True)
_SEMAPHORE_GIVES = Role(Kind.TOKENS, gives="permit", counts=True)
_RESULT_GIVEN = Role(Kind.STATE, gives="result")
_RESULT_TAKEN = Role(Kind.STATE, takes="result")
_RESULT_AS_IT_COMES = Role(Kind.STATE, takes="result", any_of=True)
# Who takes results as they come is told of them there, whichever it is.
AS_THEY_COME = {("futures/_base.py", "as_completed")}
_KNOWN = {
    ("threading.py", "Semaphore.acquire"): _SEMAPHORE_TAKES,
    ("threading.py", "Semaphore.release"): _SEMAPHORE_GIVES,
    ("threading.py", "BoundedSemaphore.release"): _SEMAPHORE_GIVES,
    ("threading.py", "Event.set"): Role(Kind.STATE, gives="flag"),
    ("threading.py", "Event.clear"): Role(Kind.STATE, clears=True),
    ("threading.py", "Event.wait"): Role(Kind.STATE, takes="flag"),
    ("threading.py", "Barrier.wait"): Role(Kind.MEETING),
    ("queue.py", "Queue.put"): Role(Kind.TOKENS, takes="room", gives="item", room=True),
    ("queue.py", "Queue.get"): Role(Kind.TOKENS, takes="item", gives="room"),
    ("queue.py", "Queue.task_done"): Role(Kind.STATE, gives="done"),
    ("queue.py", "Queue.join"): Role(Kind.STATE, takes="done"),
    ("futures/_base.py", "Future.set_result"): _RESULT_GIVEN,
    ("futures/_base.py", "Future.set_exception"): _RESULT_GIVEN,
    ("futures/_base.py", "Future.result"): _RESULT_TAKEN,
    ("futures/_base.py", "Future.exception"): _RESULT_TAKEN,
    ("futures/_base.py", "_yield_finished_futures"): _RESULT_AS_IT_COMES,
}
_ENTER = {("threading.py", "Condition.__enter__")}
# A new thread says that it runs, and its starter waits for that.
_START = {("threading.py", "Thread.start")}
_RUNS = {("threading.py", "Thread._bootstrap_inner")}
NEARBY = 3  # frames: of the condition, of the event, and that one
_LIBRARY = ("threading.py", "queue.py", "futures/_base.py", "futures/thread.py")
_WAITS = {"wait", "wait_for"}
# Of executors: a task is given, and a worker looks for one.
GIVES_TASK = {("futures/thread.py", "ThreadPoolExecutor._adjust_thread_count")}
WORKER = {("futures/thread.py", "_worker")}
# Who is called from there would have been called later: nothing waits for it.
_AT_ONCE = {("futures/_base.py", "Future.add_done_callback")}
FAR = 6  # frames outwards
WITHIN = 2  # calls from which the one that may wait is made: get_nowait() calls get(block=False)


class Roles:
    """Says of each path what is done there; what it says once, it keeps."""

    def __init__(self, trace: Trace, code: SourceCode) -> None:
        self._paths, self._code = trace.paths(0), code
        self._known: dict[int, Role | None] = {}
        self._callers: dict[int, int] = {}
        self._asks: dict[int, bool] = {}

    def of(self, path: int) -> Role | None:
        if path not in self._known:
            self._known[path] = self._look(path)
        return self._known[path]

    def caller(self, path: int) -> int:
        """Return the path from which a condition was entered; 0: it is not known."""
        if path not in self._callers:
            self._callers[path] = self._find_caller(path)
        return self._callers[path]

    def _find_caller(self, path: int) -> int:
        for each in self._paths.ids(path):
            frame = self._paths.frame(each)
            if not is_in(frame.file, frame.function, _ENTER):
                return each
        return 0

    def only_asks(self, path: int) -> bool:
        """Whether it goes on in any case, whatever it finds: as the source says of the call."""
        if path not in self._asks:
            outer = list(itertools.islice(self._paths.ids(self.caller(path)), 1, 1 + FAR))
            frames = map(self._paths.frame, outer)
            at_once = any(is_in(each.file, each.function, _AT_ONCE) for each in frames)
            asks = any(self._code.asks(0, each) for each in outer[:WITHIN])
            self._asks[path] = at_once or asks
        return self._asks[path]

    def _look(self, path: int) -> Role | None:
        caller = self.caller(path)
        if not caller:
            return None
        frame = self._paths.frame(caller)
        outer = itertools.islice(self._paths.frames(caller), 1, 2)
        if any(is_in(each.file, each.function, GIVES_TASK | WORKER) for each in outer):
            return None  # see executors.py
        for place, role in _KNOWN.items():
            if is_in(frame.file, frame.function, {place}):
                return role
        if frame.file.replace("\\", "/").endswith(_LIBRARY):
            return None
        return _of_calls(self._code.called_within(0, caller), frame.function)


def starters(trace: Trace, entries: Guarded) -> dict[int, tuple[int, int]]:
    """Return, by thread, who started it and when: who waited for it to say that it runs."""
    paths = trace.paths(0)
    starts, says = through(paths, entries.path, _START), through(paths, entries.path, _RUNS)
    found: dict[int, tuple[int, int]] = {}
    asked: dict[int, tuple[int, int]] = {}  # by lock
    columns = (entries.lock, entries.thread, entries.time_ns, starts, says)
    rows = zip(*(each.tolist() for each in columns), strict=True)
    for lock, thread, time_ns, is_start, is_said in rows:
        if is_start:
            asked[lock] = thread, time_ns
        other = asked.get(lock)
        if is_said and other is not None and other[0] != thread:
            found.setdefault(thread, other)
    return found


def through(
    paths: PathTable, path: Ints, places: set[tuple[str, str]], frames: int = NEARBY
) -> npt.NDArray[np.bool_]:
    """Mark those of which one of the innermost frames is at one of some places."""
    numbers, which = np.unique(path, return_inverse=True)
    nearby = (itertools.islice(paths.ids(each), frames) for each in numbers.tolist())
    names = ([paths.frame(each) for each in ids] for ids in nearby)
    known = [any(is_in(each.file, each.function, places) for each in some) for some in names]
    return np.array(known, np.bool_)[which]


def _of_calls(names: frozenset[str], function: str) -> Role | None:
    """Tell it from what is called with the lock: a program's own condition."""
    waits = bool(names & _WAITS)
    if "notify_all" in names or "notify" in names:
        kind = Kind.STATE if "notify_all" in names else Kind.TOKENS
        if not waits:
            return Role(kind, gives="news")
        # It waits for what others leave in other functions; which, nothing says.
        return Role(kind, gives=f"news of {function}")
    return Role(Kind.STATE, takes="news") if waits else None
