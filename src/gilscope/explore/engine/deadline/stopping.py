"""The signal by which the watchdog gets the thread of a test out of a call that blocks.

It is a real-time signal that nobody else has asked for: the test may handle SIGINT itself, as
asyncio does, and SIGALRM is pytest-timeout's.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # `signal` makes enumerations, which takes time
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, Self

from gilscope.explore.bytecode.scope import is_own
from gilscope.explore.engine.thread import Abort

if TYPE_CHECKING:
    from collections.abc import Callable


class StopSignal:
    """Use as a context manager. `is_wanted` says whether the thread is to be stopped."""

    def __init__(
        self, is_wanted: Callable[[], bool], error: Callable[[], BaseException] = Abort
    ) -> None:
        self._is_wanted = is_wanted
        self._error = error
        self._number: int | None = None
        self._is_told = False

    def __enter__(self) -> Self:
        """Python handles signals in the main thread: elsewhere there is none to be sent."""
        if threading.current_thread() is threading.main_thread():
            self._number = next(
                (
                    number
                    for number in range(_signal.SIGRTMAX, _signal.SIGRTMIN, -1)
                    if _signal.getsignal(number) is _signal.SIG_DFL
                ),
                None,
            )
        if self._number is not None:
            _signal.signal(self._number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        if self._number is not None:
            _signal.sigpending()  # one that is on its way comes here, and not after the next line
            _signal.signal(self._number, _signal.SIG_DFL)

    def send(self, why: str) -> None:
        """Called again and again until the thread has come out of the test."""
        main = threading.main_thread().ident
        if self._number is not None and main is not None:
            signal.pthread_kill(main, self._number)
        elif not self._is_told:
            self._is_told = True
            print(
                f"gilscope explore: {why}; only in the main thread can it be ended",
                file=sys.__stderr__,
            )

    def _stop(self, number: int, frame: Any) -> None:
        del number
        if self._is_wanted() and not (frame is not None and is_own(frame.f_code.co_filename)):
            raise self._error()
