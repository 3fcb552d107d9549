"""Threads of the operating system, kept from one execution to the next."""

from __future__ import annotations

import _thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Worker:
    """A thread of the operating system that runs one logical thread after the other."""

    def __init__(self) -> None:
        self.baton = _thread.allocate_lock()
        self.idle = _thread.allocate_lock()
        self.job: Callable[[], None] | None = None
        self.baton.acquire()
        self.idle.acquire()
        _thread.start_new_thread(self._work, ())

    def _work(self) -> None:
        while True:
            self.baton.acquire()
            if self.job is None:
                return
            self.job()
            self.idle.release()


class Workers:
    """Those that are free, and more on demand."""

    def __init__(self) -> None:
        self.free: list[Worker] = []

    def take(self, job: Callable[[], None]) -> Worker:
        worker = self.free.pop() if self.free else Worker()
        worker.job = job
        return worker

    def dismiss(self) -> None:
        for worker in self.free:
            worker.job = None
            worker.baton.release()
        self.free.clear()
