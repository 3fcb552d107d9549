"""What is done about executions that are long: threads take turns, until one state returns.

Under the search's choices a thread may wait in a loop for another that is never chosen. When all
take turns, only what never ends goes on for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.engine.repetition.states import Repetition

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.execution import Execution
    from gilscope.explore.engine.standins.clock import Clock
    from gilscope.explore.engine.standstill import Standstill
    from gilscope.explore.engine.thread import LogicalThread

# Instructions of one thread without a visible step among them, after which it may be in a loop.
MOST_EVENTS = 500_000
FIRST_WINDOW = 1_024  # instructions that are then looked at one by one
GROWTH = 4  # of the next window


class Turns:
    """Of one execution."""

    def __init__(
        self,
        execution: Execution,
        standstill: Standstill,
        clock: Clock,
        is_blind: Callable[[], bool],
    ) -> None:
        self._execution = execution
        self._standstill = standstill
        self._repetition = Repetition(execution, clock, is_blind)
        self._window = FIRST_WINDOW
        self._left = 0

    def next_of(self, enabled: frozenset[int]) -> LogicalThread:
        """The thread whose turn it is."""
        execution = self._execution
        order = [each for each in execution.alive() if each.number in enabled]
        if not execution.outcome.fair:
            execution.take_turns()
            return order[execution.steps % len(order)]
        return next((each for each in order if each.number > execution.running), order[0])

    def has_returned(self) -> bool:
        """Whether all is as it was before."""
        return self._repetition.returned()

    def let_sleepers_go_on(self) -> bool:
        """Computing takes no time otherwise; but what never ends takes long enough for them."""
        return not self._repetition.time_passed() and self._standstill.pass_time()

    def never_end(self) -> bool:
        return self.has_returned() and not self.let_sleepers_go_on()

    def look_closely(self) -> None:
        """For a while at each instruction: a loop comes back to the same one."""
        if self._left == 0:
            self._left = self._window
            self._window *= GROWTH
            _explorer.set_patience(0)
        self._left -= 1
        if self._left == 0:
            _explorer.set_patience(MOST_EVENTS)
