"""Puts back what a test that was ended in its midst may have left set in the interpreter.

Ending it skips the `finally` of whoever set these: asyncio takes SIGINT while it runs, and notes
that a loop runs in this thread, so that the next test could not start one.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # `signal` makes enumerations of answers
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def noted() -> tuple[Any, Any]:
    """What may change."""
    return _signal.getsignal(_signal.SIGINT), sys.get_asyncgen_hooks()


def put_back(before: tuple[Any, Any]) -> None:
    """In the thread that noted it."""
    handler, hooks = before
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and handler is not None and _signal.getsignal(_signal.SIGINT) is not handler:
        signal.signal(signal.SIGINT, handler)
    if sys.get_asyncgen_hooks() != hooks:
        sys.set_asyncgen_hooks(*hooks)
    forget_loop()


@contextmanager
def without_loop() -> Iterator[None]:
    """While tests run, no loop does, whoever calls us: a notebook's kernel runs cells from one."""
    events: Any = sys.modules.get("asyncio.events")
    loop = events._get_running_loop() if events is not None else None  # noqa: SLF001
    forget_loop()
    try:
        yield
    finally:
        if loop is not None:
            events._set_running_loop(loop)  # noqa: SLF001


def forget_loop() -> None:
    """No loop of asyncio runs in this thread."""
    events: Any = sys.modules.get("asyncio.events")
    if events is not None and events._get_running_loop() is not None:  # noqa: SLF001
        events._set_running_loop(None)  # noqa: SLF001
