"""Notices an execution that stands still: a thread is blocked where explore cannot see it.

Such a call would wait for ever for threads that wait for it. It cannot be ended from outside, so
the exploration is: the thread is left where it is, and named.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from typing import TYPE_CHECKING, Self

from gilscope import _explorer
from gilscope.explore.places import position_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.scheduler import Scheduler

LOOK_EVERY_S = 0.5
PATIENCE_S = 10.0  # no step and no instruction of explored code for so long


class StuckError(Exception):
    """Says where a thread is blocked. Nothing more can be run in this process."""


class Watchdog:
    """Use as a context manager around executions."""

    def __init__(self, scheduler: Callable[[], Scheduler | None]) -> None:
        self.stuck = ""
        self._scheduler = scheduler
        self._ended = _thread.allocate_lock()
        self._seen: object = None
        self._unchanged_s = 0.0

    def __enter__(self) -> Self:
        self._ended.acquire()
        _thread.start_new_thread(self._watch, ())
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.release()

    def _watch(self) -> None:
        while not self._ended.acquire(timeout=LOOK_EVERY_S):
            scheduler = self._scheduler()
            now = (id(scheduler), scheduler and scheduler.steps, _explorer.events())
            if scheduler is None or now != self._seen:
                self._seen, self._unchanged_s = now, 0.0
                continue
            self._unchanged_s += LOOK_EVERY_S
            if self._unchanged_s >= PATIENCE_S and not self.stuck:
                self._end(scheduler)

    def _end(self, scheduler: Scheduler) -> None:
        thread = scheduler.threads[scheduler.running]
        frame = sys._current_frames().get(thread.ident)  # noqa: SLF001 # the only way to see it
        if frame is None:
            return
        where = position_of(frame)
        self.stuck = f"blocked in a call that is not modelled: {where.file}:{where.line}"
        if thread.ident == threading.main_thread().ident:
            signal.pthread_kill(thread.ident, signal.SIGINT)
        else:
            scheduler.abandon(thread)
