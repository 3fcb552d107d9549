"""What Python code the garbage collector runs, which it may do at any moment of a test.

It is off during executions. So a finalizer or a callback that it would run, perhaps in a thread
that has just taken the lock that this wants, is not explored: it has to be known of.

What is garbage once, stays so. So it is enough to collect after an execution, but for what has
become garbage only because explore has ended its threads: see `Survivors`.
"""

from __future__ import annotations

import dis
import gc
import inspect
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from gilscope import _explorer
from gilscope.explore.bytecode.instrument import observe_anew
from gilscope.explore.bytecode.natures import HEAP_TYPE
from gilscope.explore.bytecode.scope import LIBRARY, is_own
from gilscope.explore.engine.isolation.reached import all_of
from gilscope.explore.engine.isolation.young import HAS_GENERATIONS
from gilscope.explore.engine.standins import asyncio_
from gilscope.explore.search.following import Following

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from gilscope.explore.bytecode.scope import Scope
    from gilscope.explore.engine.execution import Execution
    from gilscope.explore.search.steps import Step


GENERATOR = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
# Where StopIteration that leaves a generator is made into a RuntimeError, from 3.12 on.
WRAPPER = "INTRINSIC_STOPITERATION_ERROR"

# Of os.scandir: it closes a descriptor that nobody else has ever seen.
HARMLESS = {("posix", "ScandirIterator")}
ONLY_OURS = 2 if sys.version_info < (3, 14) else 1  # references


OF_WEAK_SET = "WeakSet.__init__.<locals>._remove"
MAIN = 0


class Survivors(Following):
    """The order that `Following` takes; keeps alive what daemons have that were left behind.

    They stand still when an execution ends, and would go on in an ordinary run: explore ends them,
    and with them what only they had, such as the loop of asyncio that one runs. What variables of
    their frames lead to at that moment was never garbage before it, and what the collector may do
    after it is no part of the test. Of the main thread, which has ended, nothing is kept.

    Use as a context manager: after it nothing is kept any more.
    """

    def __init__(self, execution: Callable[[], Execution | None]) -> None:
        super().__init__((), strict=False)
        self._execution = execution
        self._kept: list[object] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.clear()

    def end(self, blocked: Mapping[int, Step]) -> None:
        super().end(blocked)
        execution = self._execution()
        if execution is None or not execution.threads[MAIN].done:
            return
        frames = sys._current_frames()  # noqa: SLF001 # the only way to see those of other threads
        idents = [execution.threads[number].ident for number in blocked if number != MAIN]
        variables = [each for ident in idents for each in _variables(frames.get(ident))]
        self._kept = all_of(variables)


def _variables(frame: FrameType | None) -> Iterator[object]:
    """Of the program's frames in a thread."""
    while frame is not None:
        if not is_own(frame.f_code.co_filename):
            yield from frame.f_locals.values()
        frame = frame.f_back


@contextmanager
def only_new() -> Iterator[None]:
    """Keep the collector from what is there already, where it would go through all of it."""
    is_ours = not HAS_GENERATIONS and gc.get_freeze_count() == 0
    if is_ours:
        gc.freeze()
    try:
        yield
    finally:
        if is_ours:
            gc.unfreeze()


def ran_in_collection(scope: Scope, collect: Callable[[], None]) -> set[str]:
    """Collect, and tell which explored functions ran in that, if anybody could notice."""
    ran: set[str] = set()
    pending = asyncio_.pending()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        del argument
        if event != "call" or not scope.covers(frame.f_code) or _keeps_books(frame):
            return
        if _runs_something(frame):
            ran.add(frame.f_code.co_qualname)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        collect()
    finally:
        sys.setprofile(before)
        observe_anew()
    if any(each() is None for each in pending):
        ran.add("Task.__del__")
    return ran


def _keeps_books(frame: FrameType) -> bool:
    """Whether it only takes out of the library's own books what has ended: of threads, which are
    for the moment after a fork, or of tasks, which whoever asks hears of until they are done.
    """
    if frame.f_code.co_qualname != OF_WEAK_SET or not frame.f_code.co_filename.startswith(LIBRARY):
        return False
    books = frame.f_locals["selfref"]()
    return books is getattr(threading, "_dangling", None) or asyncio_.is_quiet(books)


def _runs_something(frame: FrameType) -> bool:
    """Nothing runs in a generator that is closed where no `try` or `with` is around its yield."""
    code = frame.f_code
    if not code.co_flags & GENERATOR:
        return True
    bytecode = dis.Bytecode(code)
    wrappers = {each.offset for each in bytecode if each.argrepr == WRAPPER}
    return any(
        each.start <= frame.f_lasti < each.end and each.target not in wrappers
        for each in bytecode.exception_entries  # type: ignore[attr-defined] # no stub
    )


def late_finalizers(in_use: list[object], kept: list[object], variables: list[object]) -> set[str]:
    """What ran too late at the end of objects that were kept alive for their number, and of what
    they hold: finalizers, callbacks of weak references, the rest of generators. What was in use
    until the test returned, or its variables led to, would not have ended before.
    """
    in_use.clear()
    late: set[str] = set()
    _explorer.note_late_in(late)
    while kept:
        each = kept.pop()
        if _has_finalizer(type(each)) and sys.getrefcount(each) == ONLY_OURS:
            late.add(f"{type(each).__qualname__}.__del__")
        del each
    _explorer.note_late_in(None)
    variables.clear()
    return late


def _has_finalizer(kind: type) -> bool:
    """In Python: not a generator, whose `__del__` is C."""
    if not kind.__flags__ & HEAP_TYPE or (kind.__module__, kind.__qualname__) in HARMLESS:
        return False
    return any("__del__" in vars(each) for each in kind.__mro__)  # `hasattr` may run code
