"""`threading.Thread` while a test is explored: its start, join and is_alive ask the scheduler.

They are replaced as methods of the class, so subclasses and threads of pools do so, too. The rest
of `threading` is CPython's own code, explored like the user's.
"""

from __future__ import annotations

import itertools
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.engine import plans, synchronisation
from gilscope.explore.engine.thread import Abort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gilscope.explore.engine.lifecycle import Lives
    from gilscope.explore.engine.scheduler import Scheduler
    from gilscope.explore.engine.thread import Logical

Thread: Any = threading.Thread
module: Any = threading
HASH = "_gilscope_hash"
FIRST_HASH = 1
_order = itertools.count(FIRST_HASH)
KEY = "_gilscope_thread"  # of a thread object that is explored: its Logical


def begin(thread: Any, logical: Logical) -> None:
    """What CPython's `Thread.start` has seen to when it returns."""
    setattr(thread, KEY, logical)
    thread._ident = logical.ident  # noqa: SLF001
    thread._started._flag = True  # noqa: SLF001 # nobody waits: the start is a step of its own


def check_not_started(thread: Any) -> None:
    if thread._started._flag:  # noqa: SLF001
        raise RuntimeError("threads can only be started once")


def live(thread: Any, logical: Logical) -> None:
    """What `Thread._bootstrap` does around `run`: `current_thread` finds it by its identity."""
    module._active[logical.ident] = thread  # noqa: SLF001
    _explorer.enter_thread(logical.number)
    try:
        thread.run()
    except Abort:
        pass  # and here what its frames held ends: generators run their `finally`, observed
    finally:
        _explorer.enter_thread(-1)
        module._active.pop(logical.ident, None)  # noqa: SLF001


class Methods:
    """`Thread.start`, `join` and `is_alive`, for threads of the program: they ask the scheduler."""

    def __init__(self, scheduler: Callable[[], Scheduler | None]) -> None:
        self._scheduler = scheduler
        self.originals = {name: getattr(Thread, name) for name in ("start", "join", "is_alive")}

    def lives(self) -> Lives | None:
        now = self._scheduler()
        return now.lives if now is not None and now.lives.is_of_program() else None

    def install(self) -> None:
        def start(thread: Any) -> None:
            self.start(thread)

        def join(thread: Any, timeout: float | None = None) -> None:
            self.join(thread, timeout)

        def is_alive(thread: Any) -> bool:
            return self.is_alive(thread)

        Thread.start, Thread.join, Thread.is_alive = start, join, is_alive

    def start(self, thread: Any) -> None:
        lives = self.lives()
        if lives is None:
            self.originals["start"](thread)
            return
        if not thread._initialized:  # noqa: SLF001
            raise RuntimeError("thread.__init__() not called")
        lives.start(thread)

    def join(self, thread: Any, timeout: float | None) -> None:
        lives = self.lives()
        if lives is None and KEY in vars(thread):  # its execution is over, and so is it
            return
        logical = lives.logical_of(thread) if lives is not None else None
        if lives is None and hasattr(thread, KEY):
            return  # of an execution that has ended, joined by what is left of it
        if lives is None or logical is None:  # raises, or waits for a thread that is not explored
            self.originals["join"](thread, timeout)
        else:
            lives.join(logical, thread.name, timeout)

    def is_alive(self, thread: Any) -> bool:
        lives = self.lives()
        if lives is None and KEY in vars(thread):
            return False
        logical = lives.logical_of(thread) if lives is not None else None
        if lives is not None and logical is not None:
            return lives.is_alive(logical)
        if lives is None and hasattr(thread, KEY):
            return False
        is_started = lives is None or thread._started._flag  # noqa: SLF001
        return is_started and bool(self.originals["is_alive"](thread))


@contextmanager
def replaced(scheduler: Callable[[], Scheduler | None]) -> Iterator[None]:
    """While this lasts, threads ask the scheduler, if there is one and they are its own."""
    methods = Methods(scheduler)
    counter = module._counter  # noqa: SLF001
    methods.install()
    _hash_by_order()
    try:
        yield
    finally:
        for name, original in methods.originals.items():
            setattr(Thread, name, original)
        _forget_pools()
        del Thread.__hash__
        module._counter = counter  # noqa: SLF001


def _forget_pools() -> None:
    """At the end of the process, pools join what threads they have left: ours never started."""
    pools: Any = sys.modules.get("concurrent.futures.thread")
    for thread in list(pools._threads_queues) if pools is not None else ():  # noqa: SLF001
        if hasattr(thread, KEY):
            del pools._threads_queues[thread]  # noqa: SLF001


def _hash_by_order() -> None:
    """Threads are hashed by the order in which that is asked for, not by their address.

    A pool keeps its threads in a set: it would join them in another order in each execution.
    """
    for thread in list(module._dangling):  # noqa: SLF001 # exist already, and are in tables
        setattr(thread, HASH, object.__hash__(thread))

    def of_thread(self: Any) -> int:
        known = self.__dict__.get(HASH)
        if known is None:
            known = self.__dict__[HASH] = next(_order)
        return int(known)

    Thread.__hash__ = of_thread


def restart_names() -> None:
    """Threads of each execution are called alike: Thread-1, Thread-2, …, and hashed alike."""
    global _order  # noqa: PLW0603 # as `threading` keeps its own
    _order = itertools.count(FIRST_HASH)
    module._counter = itertools.count(1).__next__  # noqa: SLF001


def join_plan(logical: Logical, name: str, timeout: float | None) -> plans.Plan:
    if timeout is not None and timeout <= 0:
        return synchronisation.alive(logical.number, name)
    return synchronisation.join(logical.number, lambda: logical.done, timeout, name)
