"""What is done about executions that are long: threads take turns, until one state returns.

Under the search's choices a thread may wait in a loop for another that is never chosen. When all
take turns, only what never ends goes on for ever.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.engine.plans import Plan
from gilscope.explore.engine.repetition.states import Repetition
from gilscope.explore.results import Kind

if TYPE_CHECKING:
    from gilscope.explore.engine.scheduler import Scheduler
    from gilscope.explore.engine.thread import Logical

MAIN = 0
# Instructions of one thread without a visible step among them, after which it may be in a loop.
MOST_EVENTS = 500_000
FIRST_WINDOW = 1_024  # instructions that are then looked at one by one
GROWTH = 4  # of the next window


class Turns:
    """Of one execution."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.begun = False
        self._scheduler = scheduler
        self._repetition = Repetition(scheduler)
        self._window = FIRST_WINDOW
        self._left = 0

    def begin(self) -> None:
        self.begun = self._scheduler.outcome.fair = True

    def next_of(self, enabled: frozenset[int]) -> Logical | None:
        """The thread whose turn it is; None if that was decided otherwise, or the end has come."""
        scheduler = self._scheduler
        order = [each for each in scheduler.alive() if each.number in enabled]
        if not self.begun:
            self.begin()
            return order[scheduler.steps % len(order)]
        if self._repetition.returned():
            if not self._let_sleepers_go_on():
                scheduler.never_ends(None)
            return None
        return next((each for each in order if each.number > scheduler.running), order[0])

    def _let_sleepers_go_on(self) -> bool:
        """Computing takes no time otherwise; but what never ends takes long enough for them."""
        return not self._repetition.time_passed() and self._scheduler.standstill.pass_time()

    def run_away(self, number: int) -> int:
        """A thread goes on and on without a visible step: the thread that goes on now."""
        scheduler = self._scheduler
        self._look_closely()
        if scheduler.is_late():
            return MAIN
        if any(each.can_go_on() for each in scheduler.alive() if each.number != number):
            self.begin()
            return scheduler.reach(number, Plan(()))
        if self._repetition.returned() and not self._let_sleepers_go_on():
            scheduler.never_ends(number)
            scheduler.outcome.locate(number, sys._getframe(1))  # noqa: SLF001 # of the loop
            return MAIN
        return number

    def _look_closely(self) -> None:
        """For a while at each instruction: a loop comes back to the same one."""
        if self._left == 0:
            self._left = self._window
            self._window *= GROWTH
            _explorer.set_patience(0)
        self._left -= 1
        if self._left == 0:
            _explorer.set_patience(MOST_EVENTS)


def describe_end(scheduler: Scheduler, thread: int | None) -> None:
    """Of an execution that has none."""
    message = "no end: the threads come back to the state in which they were"
    if thread is not None:
        message = "an endless loop that waits for nothing"
    scheduler.outcome.fail(Kind.LIVELOCK, thread, message)
