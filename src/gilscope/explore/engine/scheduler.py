"""Parks the threads of one execution, and lets go on the one that the search chooses.

There is no thread of the scheduler's own. Whoever stops chooses who goes on, and passes the baton.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.engine import plans, synchronisation
from gilscope.explore.engine.choosing import Chooser
from gilscope.explore.engine.outcome import why_not_run
from gilscope.explore.engine.standins import pools
from gilscope.explore.engine.thread import Abort, LogicalThread, live_as_main, unblocked
from gilscope.explore.search.steps import READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.plans import Plan
    from gilscope.explore.search.steps import Step

MAIN = 0


class Scheduler(Chooser):
    """Of one execution."""

    # --- the execution as a whole, in the main thread -------------------------------------------

    def run(self, test: Callable[[], object]) -> None:
        """Run the test as thread 0 until all its threads have ended, or never will."""
        execution = self.execution
        main = LogicalThread(MAIN, "MainThread", plans.Plan(()))
        main.ident = execution.carriers.main_ident
        execution.add(main)
        interrupt = None
        try:
            self._observed(test)
        except KeyboardInterrupt as error:
            interrupt, execution.over = error, True
        except BaseException as error:  # noqa: BLE001 # whatever the test raises is the finding
            execution.failed(MAIN, error)
        self._await_others(main)
        self.classes.forget()
        self.outcome.discount_outside()
        pools.reopen()
        if interrupt is not None:
            raise interrupt

    def _observed(self, test: Callable[[], object]) -> None:
        reason = why_not_run(live_as_main(test))
        if reason is not None:
            self.execution.give_up(reason)

    def _await_others(self, main: LogicalThread) -> None:
        execution = self.execution
        if not execution.over:
            self.classes.end_joins(main)
            self.took(main)
            main.done = True
            following = self.next()
            if following != MAIN:
                _explorer.pass_baton(MAIN, following)
        execution.over = True
        _explorer.abort_all()
        for each in execution.alive():
            if not each.done and each.number != MAIN and execution.carriers.fault is None:
                execution.running = each.number
                _explorer.pass_baton(MAIN, each.number)
        if not main.done:
            execution.owners.give_back(MAIN)
        if execution.carriers.fault is not None:
            raise execution.carriers.fault

    # --- what threads ask ------------------------------------------------------------------------

    def arrive(
        self,
        number: int,
        accesses: Step,
        request: Any,
        may_switch: bool | None,  # noqa: FBT001 # from C
    ) -> int:
        """A thread is about to do something visible: the thread that goes on now.

        `may_switch` is None for a request that is a step only if it blocks.
        """
        if request is None and may_switch:
            return self._reach_plainly(self.execution.threads[number], accesses)
        if _explorer.is_aborting():
            return self._while_aborting(number, request)
        plain, planned = synchronisation.plain, synchronisation.plan
        plan = plain(accesses) if request is None else planned(request)
        if may_switch is None and (plan.gate is None or plan.gate()):
            return self._go_on(number, plan)
        return self.reach(number, plan, may_switch=bool(may_switch))

    def _reach_plainly(self, thread: LogicalThread, accesses: Step) -> int:
        """As `reach` does it, for accesses that nothing but other threads can delay: most steps."""
        if thread.joins is not None:
            self.classes.end_joins(thread)
        self.took(thread)
        thread.take_plainly(synchronisation.plain(accesses))
        return self.next()

    def _go_on(self, number: int, plan: Plan) -> int:
        """Nobody need come between: no part of any step."""
        thread = self.execution.threads[number]
        self._note_asked(thread, plan)
        self._stand_ins.pop(-1 - thread.number, None)
        self.execution.owners.note(plan, number)
        return _explorer.STEP_GOES_ON

    def _note_asked(self, thread: LogicalThread, plan: Plan) -> None:
        if plan.holder is None:
            self.classes.end_joins(thread)
        if plan.timeout_s is not None:
            self.outcome.ask_for_time(plan.timeout_s)

    def reach(self, number: int, plan: Plan, *, may_switch: bool = True) -> int:
        thread = self.execution.threads[number]
        if plan.refused is not None:
            self.execution.refuse(plan.refused)
            return MAIN
        self._note_asked(thread, plan)
        may_switch = may_switch or plan.lets_go
        if not may_switch and not plan.always and (plan.gate is None or plan.gate()):
            if thread.step is not None:
                thread.step += unblocked(synchronisation.step_of(plan))
            self._stand_ins.pop(-1 - thread.number, None)
            self.execution.owners.note(plan, number)
            return _explorer.STEP_GOES_ON
        if not may_switch and plan.blocks and thread.step is not None:
            thread.step += [(number, part, READ) for number, part, _ in plan.step]
        self.took(thread)
        thread.take(plan, self.execution.now_s)
        thread.waits = not (plan.blocks and may_switch and self._with_gil)
        return self.next()

    def _while_aborting(self, number: int, request: Any) -> int:
        """Threads that end may give locks back, but wait for nothing."""
        if request is None:
            raise Abort
        plan = synchronisation.plan(request)
        if plan.always or plan.refused is not None or (plan.gate is not None and not plan.gate()):
            raise Abort
        self.execution.owners.note(plan, number)
        return _explorer.STEP_GOES_ON

    def run_away(self, number: int) -> int:
        """A thread goes on and on without a visible step: the thread that goes on now."""
        execution = self.execution
        self.turns.look_closely()
        if execution.is_late():
            return MAIN
        if any(each.can_go_on() for each in execution.alive() if each.number != number):
            execution.take_turns()
            return self.reach(number, plans.Plan(()))
        if self.turns.never_end():
            self.outcome.never_ends(number)
            self._end()
            self.outcome.locate(number, sys._getframe(1))  # noqa: SLF001 # of the loop
            return MAIN
        return number
