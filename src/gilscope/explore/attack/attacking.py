"""The attack as the exploring process sees it: forks, listens, judges and ends what it forked."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gilscope.explore.attack.child import THREADS_LEFT, Pipes, serve
from gilscope.explore.attack.stillness import all_sleep, is_alone, tasks, waits_for_ever
from gilscope.explore.facts import HindranceKind, Reason, ReasonKind
from gilscope.explore.results import Failure, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.attack.job import Job, Limits
    from gilscope.explore.attack.stillness import Task

LOOK_EVERY_S = 0.1
STILL_S = 1.5  # nobody was woken for so long: nobody ever will be
ANSWER_S = 2.0
MILLISECONDS = 1_000
WAITING = os.WEXITED | os.WNOHANG | os.WNOWAIT  # it is reaped later
CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}


@dataclass(slots=True)
class Report:
    """What came of an attack."""

    runs: int = 0
    learned: list[Any] | None = None  # of a run without noise that passed
    failure: Failure | None = None  # of the last run
    strategy: str = ""  # of the last run
    doubt: Reason | None = None  # no failure, but not what a proven test does
    hindrance: Reason | None = None  # why there were not more runs

    @property
    def is_over(self) -> bool:
        return bool(self.failure or self.doubt or self.hindrance)


def attack(job: Job, limits: Limits, progress: Callable[[int], None]) -> Report:
    """Run a test again and again, in other processes. `progress` may raise KeyboardInterrupt."""
    report = Report()
    began_s = time.monotonic()
    while not report.is_over and limits.wants_more(report.runs, time.monotonic() - began_s):
        forked = Forked(job, limits, report, began_s)
        try:
            forked.start()
            forked.listen(progress)
        except OSError as error:
            report.hindrance = Reason(HindranceKind.FORK_FAILED, error.strerror or str(error))
        except KeyboardInterrupt:
            report.hindrance = Reason(HindranceKind.INTERRUPTED)
        finally:
            forked.end()
    if not report.is_over and report.runs == 0:
        report.hindrance = Reason(HindranceKind.NO_RUN_ENDED)
    return report


@dataclass(slots=True)
class Forked:
    """One child of this process."""

    job: Job
    limits: Limits
    report: Report
    began_s: float
    pid: int = 0
    results: int = -1  # descriptors
    questions: int = -1
    watcher: int = 0  # the child's thread that answers
    alone: bool = True  # this process had one thread when it forked
    ended: bool = False  # the child said so
    stacks: list[dict[str, str]] | None = None
    text: bytes = b""
    seen: dict[int, Task] = field(default_factory=dict)
    still_since_s: float = 0.0

    def start(self) -> None:
        results, write_results = os.pipe()
        read_questions, questions = os.pipe()
        self.alone = is_alone()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
                self.pid = os.fork()
            if self.pid == 0:  # and warnings are the test's again
                report = self.report
                pipes = Pipes(write_results, read_questions)
                serve(self.job, self.limits, self.began_s, report.runs, report.learned, pipes)
        except OSError:
            os.close(results)
            os.close(questions)
            raise
        finally:
            os.close(write_results)
            os.close(read_questions)
        self.results, self.questions = results, questions

    # --- listening -------------------------------------------------------------------------------

    def listen(self, progress: Callable[[int], None]) -> None:
        """Until the child has ended, stands still, or its time is up."""
        self.still_since_s = time.monotonic()
        while True:
            heard = self._hear(LOOK_EVERY_S)
            progress(self.report.runs)
            if heard:
                self.still_since_s = time.monotonic()
                self.seen = {}
            elif heard is None or self._has_ended():
                self._judge_end()
                return
            elif self._stands_still():
                self._judge_standstill()
                return
            elif self._is_late():
                return

    def _has_ended(self) -> bool:
        """Whether the child is gone, though what it has started may still hold its pipe."""
        with suppress(OSError):
            return os.waitid(os.P_PID, self.pid, WAITING) is not None
        return True

    def _is_late(self) -> bool:
        """Whether its time is up. A child that sleeps is given time to show that it never wakes."""
        late_s = time.monotonic() - self.began_s - self.limits.most_s
        return late_s > 2 * STILL_S or (late_s > 0 and not self.seen)

    def _hear(self, patience_s: float) -> bool | None:
        """Whether the child has said something; None once it never will."""
        poll = select.poll()
        poll.register(self.results, select.POLLIN)
        if not poll.poll(patience_s * MILLISECONDS):
            return False
        text = os.read(self.results, 1 << 16)
        if not text:
            return None
        *lines, self.text = (self.text + text).split(b"\n")
        for line in lines:
            self._note(json.loads(line))
        return True

    def _note(self, told: dict[str, Any]) -> None:
        report = self.report
        match told:
            case {"begins": _, "strategy": strategy}:
                report.strategy = strategy
            case {"ends": run, "failure": failure}:
                report.runs, report.failure = run, _failure(failure)
            case {"calm": None, "learned": learned}:
                report.learned = learned
            case {"calm": failure, "always": True}:
                report.doubt = Reason(ReasonKind.FAILS_OUTSIDE, failure["message"])
            case {"calm": failure}:
                report.strategy, report.failure = "calm", _failure(failure)
            case {"ready": watcher}:
                self.watcher = watcher
            case {"stacks": stacks}:
                self.stacks = stacks
            case {"end": reason}:
                self.ended = True
                if reason not in ("", THREADS_LEFT):
                    report.hindrance = Reason(HindranceKind.COULD_NOT_RUN, reason)

    # --- judging ---------------------------------------------------------------------------------

    def _stands_still(self) -> bool:
        """Whether no thread has been woken for a while."""
        now = tasks(self.pid)
        if not all_sleep(now) or now != self.seen:
            self.still_since_s = time.monotonic()
            self.seen = now if all_sleep(now) else {}
        return bool(self.seen) and time.monotonic() - self.still_since_s > STILL_S

    def _judge_standstill(self) -> None:
        waiting = [each for each in self.seen if each != self.watcher]
        for_ever = all(waits_for_ever(self.pid, each) for each in waiting)
        stacks = self._ask()
        places = ", ".join(f"{each['thread']} at {each['at']}" for each in stacks)
        if for_ever and self.alone and self.watcher and stacks and self.report.learned:
            count = len(stacks)
            message = f"deadlock: {count} thread{'s' * (count != 1)} wait{'s' * (count == 1)}"
            text = "".join(f"{each['thread']} waits\n{each['stack']}" for each in stacks)
            self.report.failure = Failure(Kind.DEADLOCK, None, f"{message} for ever", text)
            self.report.runs += 1
            return
        self.report.doubt = Reason(ReasonKind.STOOD_STILL, places)

    def _ask(self) -> list[dict[str, str]]:
        """Where the child's threads are; empty if it cannot say."""
        with suppress(OSError):
            os.write(self.questions, b"?")
            until_s = time.monotonic() + ANSWER_S
            while self.stacks is None and time.monotonic() < until_s:
                if self._hear(LOOK_EVERY_S) is None:
                    break
        return self.stacks or []

    def _judge_end(self) -> None:
        if self.ended or self.report.is_over:
            return
        status = self._reap()
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if number in CRASHES:
            self.report.doubt = Reason(ReasonKind.CRASHED, signal.Signals(number).name)
        else:
            self.report.hindrance = Reason(HindranceKind.PROCESS_ENDED)

    # --- the end ---------------------------------------------------------------------------------

    def end(self) -> None:
        """Leave no process and no descriptor behind."""
        if self.pid:
            self._reap()
        for descriptor in (self.results, self.questions):
            with suppress(OSError):
                os.close(descriptor)

    def _reap(self) -> int:
        """End the child, if it has not ended, and what it has started; how it ended."""
        pid, self.pid = self.pid, 0
        for kill in (os.killpg, os.kill):  # it may not have its own group yet
            with suppress(OSError):
                kill(pid, signal.SIGKILL)
        try:
            return os.waitpid(pid, 0)[1]
        except ChildProcessError:  # somebody else waits for all children
            return 0


def _failure(told: dict[str, Any] | None) -> Failure | None:
    if told is None:
        return None
    return Failure(Kind(told["kind"]), told["thread"], told["message"], told["traceback"])
