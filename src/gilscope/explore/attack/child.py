"""The attack's own process: runs the test, run after run, and says over a pipe what came of each.

A process, since only so a deadlock can be ended; and a fork, since the test begins from what the
exploration left: imported modules, fixtures, globals.
"""

from __future__ import annotations

import _thread
import faulthandler
import gc
import json
import os
import resource
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from gilscope.explore.attack import runs
from gilscope.explore.attack.disturbed import Learned
from gilscope.explore.attack.noise import Noise, strategies_of
from gilscope.explore.bytecode.scope import is_own, position_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import FrameType

    from gilscope.explore.attack.job import Job, Limits
    from gilscope.explore.results import Failure

THREADS_LEFT = "threads left"  # daemons, which the next run must not meet
GRACE_S = 20  # after the last moment, if nobody has ended this process by then
ATTEMPTS = 3  # without noise, of a test that fails even so


class Pipes(NamedTuple):
    """The child's ends, as descriptors."""

    results: int
    questions: int


def serve(
    job: Job,
    limits: Limits,
    began_s: float,
    first: int,
    learned: list[Any] | None,
    pipes: Pipes,
) -> NoReturn:
    """In a process that was forked for it: make runs, from that number on.

    Before them goes one without noise, unless something is learned from one.
    """
    try:
        Child(job, limits, began_s, learned, pipes).serve(first)
    finally:
        os._exit(0)  # nothing of the parent's must run here


class Child:
    """The process of an attack, from inside."""

    def __init__(
        self, job: Job, limits: Limits, began_s: float, learned: list[Any] | None, pipes: Pipes
    ) -> None:
        self._job = job
        self._limits = limits
        self._results, self._questions = pipes
        self._is_calm = learned is None
        self._noise = Noise(job.seed, Learned.from_plain(learned) if learned else Learned())
        self._began_s = began_s
        self._threads = 0  # that are no part of the test

    def serve(self, first: int) -> None:
        try:
            self._settle_down()
            answering = _thread.allocate_lock()
            answering.acquire()
            _thread.start_new_thread(self._answer, (answering,))
            answering.acquire()  # only from now on it is counted
            self._threads = _thread._count()  # noqa: SLF001
            self._tell(end=self._run(first))
        except BaseException as error:  # noqa: BLE001 # whatever it is, the parent is to know
            self._tell(end=f"{type(error).__name__}: {error}")

    def _settle_down(self) -> None:
        """Leave what is the parent's alone: its terminal, its signals, its output."""
        os.setpgid(0, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(self._limits.most_s) + GRACE_S)
        faulthandler.disable()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        nowhere = os.open(os.devnull, os.O_RDWR)
        streams = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
        for number in {0, 1, 2} | _numbers(*streams):
            os.dup2(nowhere, number)
        sys.unraisablehook = lambda _: None
        gc.disable()  # as in the search
        gc.freeze()  # what the parent has is never garbage here

    def _run(self, first: int) -> str:
        """Why no more runs are made here; nothing if they are enough."""
        if self._is_calm and not self._is_well_without_noise():
            return ""
        strategies = strategies_of(traced=self._job.traced)
        number = first
        while not runs.are_left(self._threads):
            if not self._limits.wants_more(number, self._elapsed_s()):
                return ""
            strategy = self._noise.choose(strategies, number)
            number += 1
            self._tell(begins=number, strategy=strategy)
            failure = self._one(self._noise.around())
            self._tell(ends=number, failure=_plain(failure))
            if failure is not None:
                return ""
        return THREADS_LEFT

    def _is_well_without_noise(self) -> bool:
        failures = []
        for _ in range(ATTEMPTS):
            failure = self._one(self._noise.calm(traced=self._job.traced))
            if failure is None:
                break
            failures.append(_plain(failure))
        always = len(failures) == ATTEMPTS
        learned = self._noise.learned.to_plain()
        self._tell(calm=next(iter(failures), None), always=always, learned=learned)
        return not failures

    def _one(self, noise: AbstractContextManager[None]) -> Failure | None:
        """One run, unless it took so long that a timeout of the test may have ended in it."""
        if self._job.prepare is not None:
            self._job.prepare()
        began_s = time.monotonic()
        failure = runs.run(self._job, noise)
        said_nothing = time.monotonic() - began_s >= self._limits.shortest_timeout_s / 2
        runs.clear_up(self._job)
        return None if said_nothing else failure

    def _elapsed_s(self) -> float:
        return time.monotonic() - self._began_s

    # --- what the parent is told -----------------------------------------------------------------

    def _tell(self, **facts: object) -> None:
        text = json.dumps(facts).encode() + b"\n"
        while text:
            text = text[os.write(self._results, text) :]

    def _answer(self, answering: _thread.LockType) -> None:
        """In a thread of its own: where all others are, each time that the parent asks."""
        self._tell(ready=threading.get_native_id())
        answering.release()
        while os.read(self._questions, 1):
            me = threading.get_ident()
            names = {each.ident: each.name for each in threading.enumerate()}
            frames = sys._current_frames()  # noqa: SLF001 # there is no other way to see them
            self._tell(
                stacks=[
                    {"thread": names.get(ident, "a thread"), **_where(frame)}
                    for ident, frame in frames.items()
                    if ident != me
                ]
            )


def _where(frame: FrameType) -> dict[str, str]:
    position = position_of(frame)
    stack = [
        each
        for each in traceback.extract_stack(frame)
        if not is_own(each.filename) and "runpy" not in each.filename
    ]
    return {
        "at": f"{position.file}:{position.line}",
        "stack": "".join(traceback.format_list(stack)),
    }


def _plain(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {
        "kind": failure.kind.value,
        "thread": failure.thread,
        "message": failure.message,
        "traceback": failure.traceback,
    }


def _numbers(*streams: Any) -> set[int]:
    """Of the files that streams lead to."""
    found = set()
    for stream in streams:
        with suppress(Exception):  # leads to none, or is closed
            found.add(stream.fileno())
    return found
