"""`threading.Thread` while a test is explored: its start, join and is_alive ask the scheduler.

They are replaced as methods of the class, so subclasses and threads of pools do so, too. The rest
of `threading` is CPython's own code, explored like the user's.
"""

from __future__ import annotations

import itertools
import sys
import threading
from concurrent.futures import _base
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from gilscope import _explorer
from gilscope.explore.engine import plans, synchronisation
from gilscope.explore.engine.patching import replaced
from gilscope.explore.engine.thread import Abort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gilscope.explore.engine.patching import Replacement
    from gilscope.explore.engine.thread import LogicalThread

Thread: Any = threading.Thread
Future: Any = _base.Future
module: Any = threading
HASH = "_gilscope_hash"
FIRST_HASH = 1
_order = itertools.count(FIRST_HASH)
_hook: Any = None  # `threading.excepthook` as the execution found it
KEY = "_gilscope_thread"  # of a thread object that is explored: its LogicalThread


def begin(thread: Any, logical: LogicalThread) -> None:
    """What CPython's `Thread.start` has seen to when it returns."""
    setattr(thread, KEY, logical)
    thread._ident = logical.ident  # noqa: SLF001
    thread._started._flag = True  # noqa: SLF001 # nobody waits: the start is a step of its own


def check_not_started(thread: Any) -> None:
    if thread._started._flag:  # noqa: SLF001
        raise RuntimeError("threads can only be started once")


def live(thread: Any, logical: LogicalThread) -> None:
    """What `Thread._bootstrap` does around `run`: `current_thread` finds it by its identity."""
    module._active[logical.ident] = thread  # noqa: SLF001
    _explorer.enter_thread(logical.number)
    try:
        _run(thread)
    except Abort:
        pass  # and here what its frames held ends: generators run their `finally`, observed
    finally:
        _explorer.enter_thread(-1)
        module._active.pop(logical.ident, None)  # noqa: SLF001


def _run(thread: Any) -> None:
    """What a test catches with a hook of its own fails no more than what it catches otherwise.

    CPython's code that calls the hook is explored, so that another thread may take it away before.
    """
    try:
        thread.run()
    except (Abort, SystemExit):
        raise
    except BaseException:
        if module.excepthook is _hook:
            raise
        thread._invoke_excepthook(thread)  # noqa: SLF001


class Answers(Protocol):
    """What the scheduler does for threads of the program, in one execution."""

    def is_of_program(self) -> bool:
        """Whether the calling thread is one of the program's."""

    def start(self, thread: Any) -> None: ...

    def logical_of(self, thread: Any) -> LogicalThread | None: ...

    def join(self, ended: LogicalThread, name: str, timeout: float | None) -> None: ...

    def is_alive(self, asked: LogicalThread) -> bool: ...


class Methods:
    """`Thread.start`, `join` and `is_alive`, for threads of the program: they ask the scheduler."""

    def __init__(self, answers: Callable[[], Answers | None]) -> None:
        self._answers = answers
        self.originals = {name: getattr(Thread, name) for name in ("start", "join", "is_alive")}

    def answers(self) -> Answers | None:
        now = self._answers()
        return now if now is not None and now.is_of_program() else None

    def replacements(self) -> list[Replacement]:
        def start(thread: Any) -> None:
            self.start(thread)

        def join(thread: Any, timeout: float | None = None) -> None:
            self.join(thread, timeout)

        def is_alive(thread: Any) -> bool:
            return self.is_alive(thread)

        return [
            (Thread, "start", start),
            (Thread, "join", join),
            (Thread, "is_alive", is_alive),
            (Thread, "__hash__", hash_by_order),
            (Future, "__hash__", hash_by_order),
            (_base, "id", hash_by_order),  # by which it sorts futures
            (module, "_counter", module._counter),  # noqa: SLF001 # each execution sets it
        ]

    def start(self, thread: Any) -> None:
        answers = self.answers()
        if answers is None:
            self.originals["start"](thread)
            return
        if not thread._initialized:  # noqa: SLF001
            raise RuntimeError("thread.__init__() not called")
        answers.start(thread)

    def join(self, thread: Any, timeout: float | None) -> None:
        answers = self.answers()
        if answers is None and KEY in vars(thread):  # its execution is over, and so is it
            return
        logical = answers.logical_of(thread) if answers is not None else None
        if answers is None and hasattr(thread, KEY):
            return  # of an execution that has ended, joined by what is left of it
        if answers is None or logical is None:  # raises, or waits for a thread that is not explored
            self.originals["join"](thread, timeout)
        else:
            answers.join(logical, thread.name, timeout)

    def is_alive(self, thread: Any) -> bool:
        answers = self.answers()
        if answers is None and KEY in vars(thread):
            return False
        logical = answers.logical_of(thread) if answers is not None else None
        if answers is not None and logical is not None:
            return answers.is_alive(logical)
        if answers is None and hasattr(thread, KEY):
            return False
        is_started = answers is None or thread._started._flag  # noqa: SLF001
        return is_started and bool(self.originals["is_alive"](thread))


@contextmanager
def scheduled(answers: Callable[[], Answers | None]) -> Iterator[None]:
    """While this lasts, threads ask the scheduler, if there is one and they are its own."""
    for thread in list(module._dangling):  # noqa: SLF001 # exist already, and are in tables
        setattr(thread, HASH, object.__hash__(thread))
    with replaced(Methods(answers).replacements()):
        try:
            yield
        finally:
            _forget_pools()


def _forget_pools() -> None:
    """At the end of the process, pools join what threads they have left: ours never started."""
    pools: Any = sys.modules.get("concurrent.futures.thread")
    for thread in list(pools._threads_queues) if pools is not None else ():  # noqa: SLF001
        if hasattr(thread, KEY):
            del pools._threads_queues[thread]  # noqa: SLF001


def hash_by_order(thing: Any) -> int:
    """Threads, futures and tasks are hashed by the order in which that is asked for.

    A pool keeps its threads in a set, and `as_completed` its futures: by their addresses, they
    would be joined, or waited for, in another order in each execution.
    """
    known = thing.__dict__.get(HASH)
    if known is None:
        known = thing.__dict__[HASH] = next(_order)
    return int(known)


def restart_names() -> None:
    """Threads of each execution are called alike: Thread-1, Thread-2, …, and hashed alike."""
    global _order, _hook  # noqa: PLW0603 # as `threading` keeps its own
    _hook = module.excepthook
    _order = itertools.count(FIRST_HASH)
    module._counter = itertools.count(1).__next__  # noqa: SLF001


def join_plan(logical: LogicalThread, name: str, timeout: float | None) -> plans.Plan:
    if timeout is not None and timeout <= 0:
        return synchronisation.alive(logical.number, name)
    return synchronisation.join(logical.number, lambda: logical.done, timeout, name)
