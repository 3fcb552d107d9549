"""One run of a test with real threads: how it ends, and what it leaves behind."""

from __future__ import annotations

import _thread
import contextvars
import gc
import itertools
import random
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from gilscope.explore.bytecode.scope import explored_traceback
from gilscope.explore.engine.outcome import first_line
from gilscope.explore.engine.standins import pools
from gilscope.explore.results import Failure, Kind

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gilscope.explore.attack.job import Job

LAST_LOOKS = 40  # at threads that are about to end
LOOK_EVERY_S = 0.5e-3

threads: Any = threading
_make_call_of_hook = threads._make_invoke_excepthook  # noqa: SLF001


class Ending:
    """The first failure of a run counts: others often follow from it."""

    def __init__(self) -> None:
        self.failure: Failure | None = None

    def raised(self, error: BaseException, *, thread: int | None) -> None:
        if self.failure is None:
            kind = Kind.ASSERTION if isinstance(error, AssertionError) else Kind.EXCEPTION
            self.failure = Failure(
                kind, thread, first_line(error), "".join(explored_traceback(error))
            )

    def check(self, job: Job) -> None:
        if job.invariant is None or self.failure is not None:
            return
        try:
            holds = job.invariant()
        except Exception as error:  # noqa: BLE001 # says how it does not hold
            self.failure = Failure(Kind.INVARIANT, None, f"{type(error).__name__}: {error}", "")
        else:
            if holds is False:
                self.failure = Failure(Kind.INVARIANT, None, "the invariant does not hold", "")


def run(job: Job, noise: AbstractContextManager[None]) -> Failure | None:
    """Run a test once; its threads that are no daemons have ended afterwards."""
    random.seed(0)
    threads._counter = itertools.count(1).__next__  # noqa: SLF001 # Thread-1, … in each run
    ending = Ending()
    _catch_in_threads(ending)
    with noise:
        try:
            contextvars.copy_context().run(job.test)
        except BaseException as error:  # noqa: BLE001 # whatever the test raises is the finding
            ending.raised(error, thread=0)
        _join_others()
    pools.reopen()
    ending.check(job)
    return ending.failure


def clear_up(job: Job) -> None:
    """Let the next run begin as this one did."""
    gc.collect()  # a finalizer runs between runs, never in another one
    if job.restore is not None:
        job.restore()


def are_left(before: int) -> bool:
    """Whether there are more threads than before, a moment after a run."""
    for _ in range(LAST_LOOKS):
        if _thread._count() <= before:  # noqa: SLF001 # counts those that threading did not start
            return False
        time.sleep(LOOK_EVERY_S)
    return True


def _catch_in_threads(ending: Ending) -> None:
    """What a thread raises is a failure, but where the test has set a hook of its own for it."""
    call_hook = _make_call_of_hook()

    def caught(details: Any) -> None:
        if details.exc_type is not SystemExit and details.exc_value is not None:
            ending.raised(details.exc_value, thread=None)

    def invoke_excepthook(thread: threading.Thread) -> None:
        if threading.excepthook is not caught:
            call_hook(thread)
            return
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, SystemExit):
            ending.raised(error, thread=None)

    threading.excepthook = caught
    threads._make_invoke_excepthook = lambda: invoke_excepthook  # noqa: SLF001


def _join_others() -> None:
    me = threading.current_thread()
    while True:
        others = [
            each
            for each in threading.enumerate()
            if each is not me and not each.daemon and each.is_alive()
        ]
        if not others:
            return
        if waiting := pools.queues(lambda thread: thread is not None):
            pools.shut(waiting)
        for each in others:
            threading.Thread.join(each)
