"""Tells of exceptions as they are raised, also of those that the program catches itself."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gilscope import _explorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    Tell = Callable[[BaseException], None]

if sys.version_info >= (3, 12):
    from gilscope.explore.bytecode.instrument import free_tool

    @contextmanager
    def raises_told(tell: Tell) -> Iterator[None]:
        """In all threads. Nothing is told where no tool id of sys.monitoring is free."""
        monitoring = sys.monitoring
        tool = free_tool()
        if tool is None:
            yield
            return

        def raised(code: CodeType, offset: int, error: BaseException) -> None:
            del code, offset
            tell(error)

        monitoring.use_tool_id(tool, "gilscope explore: exceptions")
        monitoring.register_callback(tool, monitoring.events.RAISE, raised)
        monitoring.set_events(tool, monitoring.events.RAISE)
        try:
            yield
        finally:
            monitoring.set_events(tool, 0)
            monitoring.register_callback(tool, monitoring.events.RAISE, None)
            monitoring.free_tool_id(tool)

else:

    @contextmanager
    def raises_told(tell: Tell) -> Iterator[None]:
        """In all threads that are observed."""
        _explorer.tell_raised(tell)
        try:
            yield
        finally:
            _explorer.tell_raised(None)
