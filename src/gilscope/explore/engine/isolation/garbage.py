"""What Python code the garbage collector runs, which it may do at any moment of a test.

It is off during executions. So a finalizer or a callback that it would run, perhaps in a thread
that has just taken the lock that this wants, is not explored: it has to be known of.
"""

from __future__ import annotations

import dis
import gc
import inspect
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gilscope.explore.engine.isolation.young import HAS_GENERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from gilscope.explore.bytecode.scope import Scope


GENERATOR = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
# Where StopIteration that leaves a generator is made into a RuntimeError, from 3.12 on.
WRAPPER = "INTRINSIC_STOPITERATION_ERROR"

HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: not a generator, whose __del__ is C
# Of os.scandir: it closes a descriptor that nobody else has ever seen.
HARMLESS = {("posix", "ScandirIterator")}
ONLY_OURS = 2 if sys.version_info < (3, 14) else 1  # references


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
    """Collect, and tell which explored functions ran in that."""
    ran: set[str] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        del argument
        if event == "call" and scope.covers(frame.f_code) and _runs_something(frame):
            ran.add(frame.f_code.co_qualname)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        collect()
    finally:
        sys.setprofile(before)
    return ran


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


def late_finalizers(kept: list[object]) -> set[str]:
    """Of objects that were kept alive for their number, and whose finalizers so ran too late."""
    late = set()
    while kept:
        each = kept.pop()
        if _has_finalizer(type(each)) and sys.getrefcount(each) == ONLY_OURS:
            late.add(f"{type(each).__qualname__}.__del__")
    return late


def _has_finalizer(kind: type) -> bool:
    is_harmless = (kind.__module__, kind.__qualname__) in HARMLESS
    return bool(kind.__flags__ & HEAP_TYPE) and hasattr(kind, "__del__") and not is_harmless
