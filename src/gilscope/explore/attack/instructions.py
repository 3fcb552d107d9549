"""Calls a function before each instruction of each thread, whatever code that is."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    Before = Callable[[CodeType, int], bool]  # False: not again for this instruction

if sys.version_info >= (3, 12):

    @contextmanager
    def instructions(before: Before | None) -> Iterator[None]:
        """While it lasts; None: nothing is called."""
        if before is None:
            yield
            return
        monitoring = sys.monitoring
        event = monitoring.events.INSTRUCTION
        tool = next(each for each in range(6) if monitoring.get_tool(each) is None)

        def callback(code: CodeType, offset: int) -> object:
            return None if before(code, offset) else monitoring.DISABLE

        monitoring.use_tool_id(tool, "gilscope attack")
        monitoring.register_callback(tool, event, callback)
        monitoring.set_events(tool, event)
        try:
            yield
        finally:
            monitoring.set_events(tool, 0)
            monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)

else:

    @contextmanager
    def instructions(before: Before | None) -> Iterator[None]:
        """While it lasts; None: nothing is called."""
        if before is None:
            yield
            return

        def opcode(frame: FrameType, event: str, _: object) -> Any:
            if event == "opcode":
                before(frame.f_code, frame.f_lasti)
            return opcode

        def call(frame: FrameType, _event: str, _: object) -> Any:
            if not before(frame.f_code, -1):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            return opcode

        threading.settrace(call)
        sys.settrace(call)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)
