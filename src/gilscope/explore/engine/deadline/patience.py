"""Ends what stands still after an exploration: it may wait for a thread that was given up."""

from __future__ import annotations

import _thread
import sys
from time import monotonic
from typing import TYPE_CHECKING, Self

from gilscope.explore.bytecode.scope import position_of
from gilscope.explore.engine.deadline.stopping import StopSignal
from gilscope.explore.engine.deadline.watchdog import BUSY_SHARE, LOOK_EVERY_S, computed_s

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 10.0


class Patience:
    """Use as a context manager. What `error` makes of a place in the code is raised there."""

    def __init__(self, error: Callable[[str], Exception]) -> None:
        self._where = ""
        self._main = _thread.get_ident()
        self._signal = StopSignal(lambda: self._where != "", lambda: error(self._where))
        self._ended = _thread.allocate_lock()
        self._gone = _thread.allocate_lock()

    def __enter__(self) -> Self:
        self._signal.__enter__()
        self._ended.acquire()
        self._gone.acquire()
        _thread.start_new_thread(self._watch, ())
        return self

    def __exit__(self, *details: object) -> None:
        self._ended.release()
        self._gone.acquire()
        self._signal.__exit__(*details)

    def _watch(self) -> None:
        since_s, before_s = monotonic(), computed_s(self._main)
        while not self._ended.acquire(timeout=LOOK_EVERY_S):
            still_s = monotonic() - since_s
            if computed_s(self._main) - before_s >= BUSY_SHARE * still_s:
                since_s, before_s = monotonic(), computed_s(self._main)
            elif still_s >= PATIENCE_S:
                self._interrupt()
                since_s = monotonic()
        self._gone.release()

    def _interrupt(self) -> None:
        frame = sys._current_frames().get(self._main)  # noqa: SLF001 # the only way to see it
        if frame is not None:
            self._where = position_of(frame).place
            self._signal.send(f"blocked after the exploration: {self._where}")
