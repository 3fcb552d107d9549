"""What is done when no thread can go on: time passes, or what would come at the interpreter's exit.

Where somebody outside of the execution may let a thread go on, nobody knows how long that takes.
With threads beside it that explore did not start, time is real; else nothing
that comes of it is a finding.
"""

from __future__ import annotations

import sys
import time
from time import monotonic
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.engine.positions import place_of, position_at, program_frame
from gilscope.explore.engine.standins import pools, threading_
from gilscope.explore.engine.thread import sleepers_of, wake_first
from gilscope.explore.facts import Reason, ReasonKind

if TYPE_CHECKING:
    from gilscope.explore.engine.execution import Execution
    from gilscope.explore.engine.symmetry.orders import SymmetryClasses
    from gilscope.explore.engine.thread import LogicalThread

MAIN = 0
LOOK_EVERY_S = 0.001
PATIENCE_S = 5.0  # less than the watchdog's


class Standstill:
    """Of one execution, in which `beside` says whether there are threads beside it."""

    def __init__(self, execution: Execution, classes: SymmetryClasses, *, beside: bool) -> None:
        self._execution = execution
        self._classes = classes
        self._beside = beside
        self._has_ended_pools = False
        self._last_waits: set[int] = set()  # of daemons that were left: who has had it

    def pass_time(self) -> bool:
        """Let sleeps and timeouts end that come next; False if there are none."""
        execution = self._execution
        if self._let_begin():
            return True
        sleepers, are_left = sleepers_of(execution.alive()), self._are_left()
        if are_left and sleepers:
            sleepers = [each for each in sleepers if each[1].number not in self._last_waits]
            execution.outcome.left_daemons = not sleepers
        if self._beside and any(not each.daemon for each in execution.alive()):
            began_s = monotonic()
            if self._wait(sleepers):
                self._classes.time_passes()
                execution.now_s += monotonic() - began_s
                return True
        if not sleepers:
            return False
        self._note_outside()
        execution.now_s = wake_first(sleepers, execution.now_s)
        if are_left:
            self._last_waits.update(each.number for _, each in sleepers if each.timed_out)
        self._come_from_outside(used_time=True)
        return True

    def _are_left(self) -> bool:
        """Whether only daemons live. Those that poll would go on until the interpreter ends them:
        each is followed for one more wait.
        """
        return all(each.daemon for each in self._execution.alive())

    def _let_begin(self) -> bool:
        """Threads that waited for their turn begin before time passes."""
        execution = self._execution
        blocked = execution.blocked()
        found = self._classes.let_begin(execution.alive(), execution.now_s)
        if found and not execution.outcome.fair:
            execution.search.stuck(blocked)
        return found

    def _come_from_outside(self, *, used_time: bool) -> None:
        """What happens now is no thread's doing, and comes after all that was."""
        execution = self._execution
        execution.time_passed += 1
        self._classes.time_passes()
        execution.outcome.used_time = execution.outcome.used_time or used_time
        if not execution.outcome.fair:
            execution.search.stuck(execution.blocked())
        _explorer.barrier(max(execution.threads) + 1)

    # --- others than the program's threads -------------------------------------------------------

    def _wait(self, sleepers: list[tuple[float, LogicalThread]]) -> bool:
        """For real. True if the execution goes on, or was given up."""
        execution = self._execution
        first_s = min((each for each, _ in sleepers), default=execution.now_s + PATIENCE_S)
        end_s = monotonic() + first_s - execution.now_s
        while monotonic() < end_s:
            if any(each.can_go_on() for each in execution.alive()) or execution.is_late():
                return True
            time.sleep(LOOK_EVERY_S)
        if not sleepers:
            execution.give_up(Reason(ReasonKind.WAITS_FOR_UNEXPLORED))
        return not sleepers

    def is_for_outside(self) -> bool:
        """Whether threads wait that somebody outside may let go on; then the reason is noted."""
        self._note_outside()
        return self._execution.outcome.outside is not None

    def _note_outside(self) -> None:
        outcome = self._execution.outcome
        if outcome.outside:
            return
        for each in self._execution.alive():
            plan = each.plan
            if plan.is_outside is not None and not each.can_go_on() and plan.is_outside():
                frame = sys._current_frames()[each.ident]  # noqa: SLF001 # the only way to see it
                where = position_at(place_of(program_frame(frame)))
                outcome.outside = Reason(ReasonKind.TIME_OUTSIDE, "", where)
                return

    # --- pools -----------------------------------------------------------------------------------

    def end_pools(self) -> bool:
        """Once the test has ended, let those end that nobody shut down. True if there are some."""
        execution = self._execution
        if self._has_ended_pools or not execution.threads[MAIN].done:
            return False
        self._has_ended_pools = True
        waiting = pools.queues(self._is_alive)
        if waiting:
            self._come_from_outside(used_time=False)
            pools.shut(waiting)
        return bool(waiting)

    def _is_alive(self, thread: Any) -> bool:
        logical: LogicalThread | None = getattr(thread, threading_.KEY, None)
        return logical is not None and logical in self._execution.alive()
