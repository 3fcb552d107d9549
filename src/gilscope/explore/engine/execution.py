"""One execution of a test: its threads, how far it has come, and whether it is over."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.bytecode.scope import position_of
from gilscope.explore.engine.outcome import TOO_LATE, Outcome
from gilscope.explore.engine.owners import Owners
from gilscope.explore.facts import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.engine.carriers import Carriers
    from gilscope.explore.engine.thread import LogicalThread
    from gilscope.explore.facts import ReasonKind
    from gilscope.explore.search.steps import Search, Step

MAIN = 0


class Execution:
    """What the scheduler and its parts share, and the watchdog looks at."""

    def __init__(self, search: Search, carriers: Carriers, deadline_s: float) -> None:
        self.search = search
        self.carriers = carriers
        self.deadline_s = deadline_s  # of the exploration, as time.monotonic() shows it
        self.outcome = Outcome()
        self.owners = Owners()
        self.threads: dict[int, LogicalThread] = {}
        self.now_s = 0.0  # virtual time
        self.time_passed = 0  # how often
        self.over = False
        self._order: list[LogicalThread] = []
        self.stepper = _explorer.Stepper(self._order, deadline_s)

    @property
    def running(self) -> int:
        """The thread that goes on."""
        return self.stepper.running

    @running.setter
    def running(self, number: int) -> None:
        self.stepper.running = number

    @property
    def steps(self) -> int:
        """Choices that were made."""
        return self.stepper.steps

    def take_turns(self) -> None:
        """From now on nobody searches."""
        self.outcome.fair = True
        self.stepper.is_quick = False

    # --- threads ---------------------------------------------------------------------------------

    def add(self, thread: LogicalThread) -> None:
        self.threads[thread.number] = thread
        self._order.append(thread)
        self.outcome.threads[thread.number] = thread.name

    def alive(self) -> list[LogicalThread]:
        return [each for each in self._order if not each.done]

    def do_others_live(self) -> bool:
        """Than the main thread, that of the test itself."""
        return not self.over and any(each.number != MAIN for each in self.alive())

    def enabled(self) -> frozenset[int]:
        return frozenset(
            [
                each.number
                for each in self._order  # as `can_go_on`, asked of all threads before each step
                if not each.done
                and (each.gate is None or each.timed_out or not each.waits or each.gate())
            ]
        )

    def pending(self) -> Mapping[int, Step]:
        return {each.number: each.plan.step for each in self._order if not each.done}

    def blocked(self) -> Mapping[int, Step]:
        return {
            each.number: each.plan.step
            for each in self._order
            if not each.done and not each.can_go_on()
        }

    # --- the end ---------------------------------------------------------------------------------

    def is_late(self) -> bool:
        """Whether the budget is spent; then the execution is given up."""
        if monotonic() < self.deadline_s:
            return False
        self.give_up(TOO_LATE)
        return True

    def give_up(self, reason: Reason) -> None:
        """This program is too much for explore, which is not the program's fault."""
        self.outcome.gave_up, self.over = self.outcome.gave_up or reason, True
        self.outcome.steps = self.steps
        _explorer.abort_all()

    def refuse(self, why: ReasonKind) -> None:
        """What the calling thread asks for cannot be explored."""
        where = position_of(sys._getframe())  # noqa: SLF001 # of the thread that asks
        self.give_up(Reason(why, "", where))

    def diverged(self) -> None:
        self.outcome.diverged = self.over = True
        _explorer.abort_all()

    def failed(self, thread: int, error: BaseException) -> None:
        if not _explorer.is_aborting():
            self.outcome.raised(thread, error)

    def report_deadlock(self) -> None:
        self.outcome.report_deadlock(self._order, self.owners)

    def abandon(self, stuck: LogicalThread) -> None:
        """Leave a thread behind that will not stop. Called by a thread outside of the execution."""
        stuck.done = True
        self.carriers.lose(stuck.number)
        _explorer.pass_baton(-1, MAIN)
