"""The interpreter while a test is explored: observed, patched, and with nothing left to chance."""

from __future__ import annotations

import _thread
import gc
import random
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Self

from gilscope.errors import GilscopeError
from gilscope.explore.bytecode.instrument import observing
from gilscope.explore.engine.isolation.beginning import imports_apart
from gilscope.explore.engine.standins import asyncio_, threading_, warnings_
from gilscope.explore.engine.thread import Abort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_running = _thread.allocate_lock()  # there is one interpreter to instrument


@contextmanager
def alone() -> Iterator[None]:
    if not _running.acquire(blocking=False):
        raise GilscopeError(
            "an exploration is running in this process already",
            "a test that is explored cannot explore; call the function itself",
        )
    try:
        yield
    finally:
        _running.release()


@contextmanager
def instrumented(answers: Callable[[], threading_.Answers | None]) -> Iterator[None]:
    """For all executions of an exploration; `answers` gives those of the current one."""
    with ExitStack() as stack:
        stack.enter_context(threading_.scheduled(answers))
        asyncio_appears = stack.enter_context(asyncio_.in_python())
        stack.enter_context(warnings_.lock_in_python())
        stack.enter_context(imports_apart({"asyncio": asyncio_appears}))
        stack.enter_context(observing())
        yield


@contextmanager
def repeatable() -> Iterator[None]:
    """No collection at another moment, which would run other finalizers there; the state of
    `random` is the caller's again after that.
    """
    collects = gc.isenabled()
    gc.disable()
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)
        if collects:
            gc.enable()


class QuietAborts:
    """While this lasts, nothing is said of what ends threads, where it is raised in a finalizer."""

    def __enter__(self) -> Self:
        self._otherwise = sys.unraisablehook
        sys.unraisablehook = self._say
        return self

    def __exit__(self, *_: object) -> None:
        sys.unraisablehook = self._otherwise

    def _say(self, unraisable: Any) -> None:
        if not isinstance(unraisable.exc_value, Abort):
            self._otherwise(unraisable)
