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
from gilscope.explore.engine.standins import pools, threading_
from gilscope.explore.engine.thread import sleepers_of, wake_first
from gilscope.explore.engine.whereabouts import place_of, position_at, program_frame
from gilscope.explore.facts import Reason, ReasonKind

if TYPE_CHECKING:
    from gilscope.explore.engine.scheduler import Scheduler
    from gilscope.explore.engine.thread import Logical

MAIN = 0
LOOK_EVERY_S = 0.001
PATIENCE_S = 5.0  # less than the watchdog's


class Standstill:
    """Of one execution, in which `beside` says whether there are threads beside it."""

    def __init__(self, scheduler: Scheduler, *, beside: bool) -> None:
        self._scheduler = scheduler
        self._beside = beside
        self._has_ended_pools = False

    def pass_time(self) -> bool:
        """Let sleeps and timeouts end that come next; False if there are none."""
        scheduler = self._scheduler
        if self._let_begin():
            return True
        sleepers = sleepers_of(scheduler.alive())
        if self._beside and any(not each.daemon for each in scheduler.alive()):
            began_s = monotonic()
            if self._wait(sleepers):
                scheduler.classes.time_passes()
                scheduler.now_s += monotonic() - began_s
                return True
        if not sleepers:
            return False
        self._note_outside()
        scheduler.now_s = wake_first(sleepers, scheduler.now_s)
        self._come_from_outside(used_time=True)
        return True

    def _let_begin(self) -> bool:
        """Threads that waited for their turn begin before time passes."""
        scheduler = self._scheduler
        blocked = scheduler.blocked()
        found = scheduler.classes.let_begin(scheduler.alive(), scheduler.now_s)
        if found and not scheduler.turns.begun:
            scheduler.search.stuck(blocked)
        return found

    def _come_from_outside(self, *, used_time: bool) -> None:
        """What happens now is no thread's doing, and comes after all that was."""
        scheduler = self._scheduler
        scheduler.time_passed += 1
        scheduler.classes.time_passes()
        scheduler.outcome.used_time = scheduler.outcome.used_time or used_time
        if not scheduler.turns.begun:
            scheduler.search.stuck(scheduler.blocked())
        _explorer.barrier(max(scheduler.threads) + 1)

    # --- others than the program's threads -------------------------------------------------------

    def _wait(self, sleepers: list[tuple[float, Logical]]) -> bool:
        """For real. True if the execution goes on, or was given up."""
        scheduler = self._scheduler
        first_s = min((each for each, _ in sleepers), default=scheduler.now_s + PATIENCE_S)
        end_s = monotonic() + first_s - scheduler.now_s
        while monotonic() < end_s:
            if any(each.can_go_on() for each in scheduler.alive()) or scheduler.is_late():
                return True
            time.sleep(LOOK_EVERY_S)
        if not sleepers:
            scheduler.give_up(Reason(ReasonKind.WAITS_FOR_UNEXPLORED))
        return not sleepers

    def is_for_outside(self) -> bool:
        """Whether threads wait that somebody outside may let go on; then the reason is noted."""
        self._note_outside()
        return self._scheduler.outcome.outside is not None

    def _note_outside(self) -> None:
        outcome = self._scheduler.outcome
        if outcome.outside:
            return
        for each in self._scheduler.alive():
            plan = each.plan
            if plan.is_outside is not None and not each.can_go_on() and plan.is_outside():
                frame = sys._current_frames()[each.ident]  # noqa: SLF001 # the only way to see it
                where = position_at(place_of(program_frame(frame)))
                outcome.outside = Reason(ReasonKind.TIME_OUTSIDE, "", where)
                return

    # --- pools -----------------------------------------------------------------------------------

    def end_pools(self) -> bool:
        """Once the test has ended, let those end that nobody shut down. True if there are some."""
        scheduler = self._scheduler
        if self._has_ended_pools or not scheduler.threads[MAIN].done:
            return False
        self._has_ended_pools = True
        waiting = pools.queues(self._is_alive)
        if waiting:
            self._come_from_outside(used_time=False)
            pools.shut(waiting)
        return bool(waiting)

    def _is_alive(self, thread: Any) -> bool:
        logical: Logical | None = getattr(thread, threading_.KEY, None)
        return logical is not None and logical in self._scheduler.alive()
