"""Sees which threads of an explored program ask who they are.

Calls of these functions by explored code are replaced, as those of clocks are: the answer is true.
"""

from __future__ import annotations

import _thread
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from gilscope.explore.engine.execution import Execution

GET_IDENT, GET_NATIVE_ID = 24, 25  # kinds of stand-ins, beside those of clocks and chance
REAL: dict[int, Callable[[], int]] = {
    GET_IDENT: _thread.get_ident,
    GET_NATIVE_ID: _thread.get_native_id,
}
# Attributes of a thread object, or tables of `threading`, that tell about the thread that runs.
TELLING = frozenset(
    ("_target", "_args", "_kwargs", "_is_stopped", "_handle", "_tstate_lock", "_active")
)
_telling_codes: list[str] = []  # that ran; native code asks about each only once in a process


class Identity:
    """Use `begin` before each execution."""

    def __init__(self) -> None:
        self._execution: Execution | None = None
        self._is_told: Callable[[int], None] = _nobody

    def begin(self, execution: Execution, is_told: Callable[[int], None]) -> None:
        """`is_told` hears of each thread that is told what no other is."""
        self._execution = execution
        self._is_told = is_told

    def stand_ins(self) -> dict[int, Callable[..., Any]]:
        return {GET_IDENT: self._get_ident, GET_NATIVE_ID: self._get_native_id}

    def _get_ident(self) -> int:
        self._note(sys._getframe(1))  # noqa: SLF001 # whoever calls it
        return _thread.get_ident()

    def _get_native_id(self) -> int:
        self._note(sys._getframe(1))  # noqa: SLF001 # whoever calls it
        return _thread.get_native_id()

    def _note(self, caller: FrameType) -> None:
        execution = self._execution
        if execution is not None and not _makes_a_thread(caller):
            self._is_told(execution.running)


def _nobody(thread: int) -> None:
    """Before the first execution."""


def _makes_a_thread(frame: FrameType) -> bool:
    """A new thread is a daemon if the one is that makes it, which all like it are, too."""
    thread: Any = threading.Thread
    outer = frame.f_back
    asks = frame.f_code is threading.current_thread.__code__
    return asks and outer is not None and outer.f_code is thread.__init__.__code__


def kind_of(called: object) -> int | None:
    """The kind of stand-in for a function, if it has one."""
    return next((kind for kind, real in REAL.items() if real is called), None)


def look_at(code: CodeType) -> None:
    """Remember code of the user's that looks behind the scenes of a thread."""
    if not TELLING.isdisjoint(code.co_names):
        _telling_codes.append(code.co_qualname)


def looks_behind() -> bool:
    return bool(_telling_codes)
