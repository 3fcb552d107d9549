"""Threads of the operating system that are kept from exploration to exploration.

Starting one, and letting it end, takes longer than many an execution. They wait for work, and end
before this process forks: a fork complains of other threads, and copies none of them.
"""

from __future__ import annotations

import _thread
import os
import sysconfig
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Without the GIL, what a thread made waits for it to end there: none may stand still for long.
MOST_IDLE = 0 if sysconfig.get_config_var("Py_GIL_DISABLED") else 8

_idle: list[_Worker] = []


class _Worker:
    """One thread. A job says whether its thread can be used again."""

    def __init__(self, job: Callable[[], bool]) -> None:
        self.cpus: set[int] | None = None  # on which it runs, if that was ever asked for
        self.native = 0
        self.gone = _thread.allocate_lock()
        self.gone.acquire()
        self._job: Callable[[], bool] | None = job
        self._has_job = _thread.allocate_lock()
        self._has_job.acquire()
        self.ident = _thread.start_new_thread(self._live, ())

    def give(self, job: Callable[[], bool] | None) -> None:
        """To one that is idle; None: it ends."""
        self._job = job
        self._has_job.release()

    def _live(self) -> None:
        self.native = _thread.get_native_id()
        while (job := self._job) is not None:
            is_usable = job()
            del job
            self._job = None
            if not is_usable or len(_idle) >= MOST_IDLE:
                return
            _idle.append(self)
            self._has_job.acquire()
        self.gone.release()


def start(job: Callable[[], bool], cpus: set[int] | None = None) -> int:
    """Have a job done in a thread beside, on these CPUs, to which the calling thread is bound; the
    identity of the thread. The job says whether its thread can be used again.
    """
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker(job)
        worker.cpus = cpus
        return worker.ident
    if cpus is not None and worker.cpus != cpus:
        os.sched_setaffinity(worker.native, cpus)
        worker.cpus = cpus
    worker.give(job)
    return worker.ident


def idle() -> Iterable[int]:
    """The identities of threads that only wait."""
    return [each.ident for each in _idle]


def end_idle() -> None:
    """Let them end, and wait until they have."""
    while _idle:
        worker = _idle.pop()
        worker.give(None)
        worker.gone.acquire()
        while _is_in_kernel(worker.native):  # which a fork counts
            os.sched_yield()


def _is_in_kernel(native: int) -> bool:
    try:
        os.stat(f"/proc/self/task/{native}")  # noqa: PTH116 # hardly ever more than once
    except OSError:
        return False
    return True


os.register_at_fork(before=end_idle)
