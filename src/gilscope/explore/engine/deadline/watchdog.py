"""Ends an execution that stands still, or that goes on when the budget is spent.

A call that explore cannot see into may wait for ever for threads that wait for it. The main thread
is got out of it by a signal; any other is left where it is, and the exploration ends.
"""

from __future__ import annotations

import _thread
import sys
import time
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Self

from gilscope import _explorer
from gilscope.explore.bytecode.scope import is_own, position_of
from gilscope.explore.engine import workers
from gilscope.explore.engine.outcome import TOO_LATE
from gilscope.explore.engine.thread import Abort
from gilscope.explore.facts import Reason, ReasonKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gilscope.explore.engine.deadline.stopping import StopSignal
    from gilscope.explore.engine.execution import Execution

LOOK_EVERY_S = 0.25
PATIENCE_S = 10.0  # with a thread that waits, and no instruction of explored code, for so long
LAST_PATIENCE_S = 1.0  # when the budget is spent, or an execution is being ended
BUSY_SHARE = 0.01  # of its time; a thread that computes less is taken to wait


class StuckError(Exception):
    """Says where a thread is blocked. Nothing more can be run in this exploration."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Watchdog:
    """Use as a context manager around executions."""

    def __init__(self, execution: Callable[[], Execution | None], signal: StopSignal) -> None:
        self.stuck: Reason | None = None
        self.deadline_s = float("inf")  # of the exploration, as time.monotonic() shows it
        self.prepares = False
        self._preparations = 0
        self._main = _thread.get_ident()
        self.ident = 0  # of its own thread
        self._execution = execution
        self._signal = signal
        self._ended = _thread.allocate_lock()
        self._gone = _thread.allocate_lock()
        self._seen: object = None
        self._given_up: object = None  # what was seen when the budget was spent
        self._since_s = 0.0  # nothing has changed, and what the thread had computed then
        self._computed_s = 0.0

    def __enter__(self) -> Self:
        self._ended.acquire()
        self._gone.acquire()
        self.ident = workers.start(self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        """No signal is sent after this."""
        self._ended.release()
        self._gone.acquire()

    def _watch(self) -> bool:
        while not self._ended.acquire(timeout=LOOK_EVERY_S):
            execution = self._execution()
            if self.prepares:
                self._look_at_fixtures()
            elif execution is not None and execution.running in execution.threads:
                self._look(execution)
        self._gone.release()
        return True

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """While fixtures are set up and torn down, in the thread of the tests."""
        self._preparations += 1
        self.prepares = True
        try:
            yield
        except Abort:
            assert self.stuck is not None
            raise StuckError(self.stuck) from None
        finally:
            self.prepares = False

    def _look_at_fixtures(self) -> None:
        """They may wait for threads of an execution that was given up: those will never answer."""
        now, used_s = self._preparations, computed_s(self._main)
        if now != self._seen:
            self._seen, self._since_s, self._computed_s = now, monotonic(), used_s
            return
        still_s = monotonic() - self._since_s
        is_busy = used_s - self._computed_s >= BUSY_SHARE * still_s
        is_late = monotonic() >= self.deadline_s
        frame = sys._current_frames().get(self._main)  # noqa: SLF001 # the only way to see it
        if still_s < (LAST_PATIENCE_S if is_late else PATIENCE_S) or is_busy or frame is None:
            return
        where = position_of(frame)
        self.stuck = self.stuck or Reason(ReasonKind.BLOCKED_IN_FIXTURE, "", where)
        self._seen = None
        self._signal.send(f"a fixture does not go on: {where.place}")

    def _look(self, execution: Execution) -> None:
        is_late = monotonic() >= self.deadline_s
        ident = execution.threads[execution.running].ident
        now = (id(execution), execution.steps, execution.running, _explorer.events())
        if is_late and not execution.over:
            self._given_up = now
            execution.give_up(TOO_LATE)
        used_s = computed_s(ident)
        if now != self._seen:
            self._seen, self._since_s, self._computed_s = now, monotonic(), used_s
            return
        still_s = monotonic() - self._since_s
        is_busy = used_s - self._computed_s >= BUSY_SHARE * still_s
        patience_s = LAST_PATIENCE_S if execution.over else PATIENCE_S
        if still_s >= patience_s and (is_late or not is_busy):
            self._end(execution, still_s, is_busy=is_busy)

    def _end(self, execution: Execution, still_s: float, *, is_busy: bool) -> None:
        thread = execution.threads[execution.running]
        frame = sys._current_frames().get(thread.ident)  # noqa: SLF001 # the only way to see it
        if frame is None or (is_own(frame.f_code.co_filename) and still_s < PATIENCE_S):
            return  # it is not in the program: others keep the machine from going on
        where = position_of(frame)
        why = ReasonKind.SLOW_CALL if is_busy else ReasonKind.BLOCKED
        if execution.over and self._seen != self._given_up:  # only as its execution was given up
            self.stuck = self.stuck or execution.outcome.gave_up
            why = ReasonKind.THREAD_DOES_NOT_END
        self.stuck = self.stuck or Reason(why, "", where)
        execution.give_up(self.stuck)
        self._seen = None
        if thread.ident == execution.carriers.main_ident:
            self._signal.send(f"the test does not go on: {where.place}")
        else:
            execution.abandon(thread)


def computed_s(ident: int) -> float:
    """What a thread has computed so far."""
    return time.clock_gettime(time.pthread_getcpuclockid(ident))
