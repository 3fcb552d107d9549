"""Ctrl-C between executions: what is known by then is the result."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Interruptible:
    """While it lasts, signals are only noted; `check` then raises KeyboardInterrupt.

    The second time, a signal does what it did before. Elsewhere than in the main thread, which
    alone sees signals, it changes nothing.
    """

    def __init__(self, *numbers: signal.Signals) -> None:
        self._numbers = numbers
        self._before: dict[int, Any] = {}
        self._came: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in self._numbers:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def came(self) -> bool:
        return bool(self._came)

    def check(self) -> None:
        if self._came:
            raise KeyboardInterrupt

    def deliver(self) -> None:
        """Once it is over: let signals that came do what they would have done."""
        __tracebackhide__ = True
        for number, frame in self._came.items():
            handler: Callable[[int, Any], object] | Any = self._before[number]
            if callable(handler):
                handler(number, frame)

    def _note(self, number: int, frame: Any) -> None:
        if number in self._came:
            handler = self._before[number]
            if callable(handler):
                handler(number, frame)
        self._came[number] = None  # the frame must not outlive its execution
