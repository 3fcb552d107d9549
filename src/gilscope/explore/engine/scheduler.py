"""Parks the threads of one execution, and lets go on the one that the search chooses.

There is no thread of the scheduler's own. Whoever stops chooses who goes on, and passes the baton.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope._explorer import DivergedError
from gilscope.explore.engine import plans, synchronisation
from gilscope.explore.engine.outcome import why_not_run
from gilscope.explore.engine.standins import pools
from gilscope.explore.engine.standstill import Standstill
from gilscope.explore.engine.symmetry.orders import SymmetryClasses
from gilscope.explore.engine.thread import Abort, LogicalThread, live_as_main, unblocked
from gilscope.explore.engine.turns import Turns
from gilscope.explore.search.steps import NOBODY, READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.execution import Execution
    from gilscope.explore.engine.plans import Plan
    from gilscope.explore.engine.standins.clock import Clock
    from gilscope.explore.engine.symmetry.orders import Symmetry
    from gilscope.explore.search.steps import Step

MAIN = 0
MOST_ALONE = 10  # as many steps with no choice between threads cost as much as one with


class Scheduler:
    """Of one execution."""

    def __init__(
        self,
        execution: Execution,
        *,
        most_steps: int,
        with_gil: bool,
        clock: Clock,
        is_blind: Callable[[], bool],
        symmetry: Symmetry,
        invariant: Callable[[], object] | None = None,
        beside: bool = False,
    ) -> None:
        self.execution = execution
        self.outcome = execution.outcome
        self.classes = SymmetryClasses(execution, symmetry)
        self.standstill = Standstill(execution, self.classes, beside=beside)
        self.turns = Turns(execution, self.standstill, clock, is_blind)
        self._most_steps = most_steps
        self._choices = 0  # between several threads
        self._with_gil = with_gil
        self._invariant = invariant  # checked after each step
        self._stand_ins = execution.carriers.stand_ins

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

    def took(self, thread: LogicalThread) -> None:
        execution = self.execution
        if self.outcome.fair or execution.over or thread.step is None:
            return
        self.classes.took(thread, execution.search.doubts)
        try:
            execution.search.took(thread.number, tuple(thread.step))
        except DivergedError:
            execution.diverged()
        if self._invariant is not None:
            self.outcome.check(self._invariant)

    def run_away(self, number: int) -> int:
        """A thread goes on and on without a visible step: the thread that goes on now."""
        execution = self.execution
        self.turns.look_closely()
        if execution.is_late():
            return MAIN
        if any(each.can_go_on() for each in execution.alive() if each.number != number):
            self.outcome.fair = True
            return self.reach(number, plans.Plan(()))
        if self.turns.never_end():
            self.outcome.never_ends(number)
            self._end()
            self.outcome.locate(number, sys._getframe(1))  # noqa: SLF001 # of the loop
            return MAIN
        return number

    # --- who goes on -----------------------------------------------------------------------------

    def next(self) -> int:
        """Choose a thread; the main thread, to end the execution, if there is none."""
        while not self.execution.over:
            enabled = self.execution.enabled()
            if enabled:
                return self._choose(enabled)
            if not (self.standstill.pass_time() or self.standstill.end_pools()):
                self._end()
        _explorer.abort_all()  # the watchdog says that it is over before it says this
        return MAIN

    def _choose(self, enabled: frozenset[int]) -> int:
        execution = self.execution
        execution.steps += 1
        self._choices += len(enabled) > 1
        if execution.is_late():
            return MAIN
        is_long = max(self._choices, execution.steps // MOST_ALONE) > self._most_steps
        if is_long or self.outcome.fair:
            return self._take_turns(enabled)
        try:
            chosen = execution.search.choose(enabled, execution.pending, _explorer.numbered())
        except DivergedError:
            execution.diverged()
            return MAIN
        if chosen == NOBODY:
            self.outcome.covered = True
            self._end()
            return MAIN
        return self._let_go_on(execution.threads[chosen])

    def _take_turns(self, enabled: frozenset[int]) -> int:
        if self.outcome.fair and self.turns.has_returned():
            if not self.turns.let_sleepers_go_on():
                self.outcome.never_ends(None)
                self._end()
            return self.next()
        return self._let_go_on(self.turns.next_of(enabled))

    def _let_go_on(self, thread: LogicalThread) -> int:
        plan = thread.plan
        if plan.is_plain:
            thread.step = list(plan.step)
            self._stand_ins.pop(-1 - thread.number, None)
            self.execution.running = thread.number
            return thread.number
        if not thread.waits and plan.gate is not None and not plan.gate():
            return self._begin_to_wait(thread)
        thread.step = list(synchronisation.step_of(plan))
        if not thread.waits or thread.timed_out:
            thread.step = unblocked(thread.step)
        ran_out = thread.timed_out and (plan.gate is None or not plan.gate())
        if ran_out and not plan.always:
            thread.step = [(number, part, READ) for number, part, _ in thread.step]
        else:
            self.execution.owners.note(plan, thread.number)
        self.execution.carriers.set_stand_in(
            thread.number, plan.on_time if plan.always or ran_out else None
        )
        thread.gate = None
        self.execution.running = thread.number
        if plan.blocks and thread.waits:
            _explorer.passed_check(thread.number)
        return thread.number

    def _begin_to_wait(self, thread: LogicalThread) -> int:
        """With the GIL, a thread that waited gets the lock without it: others can run after that.

        One that comes when the lock is free goes on at once. So beginning to wait is a step.
        """
        thread.step = [(number, part, READ) for number, part, _ in thread.plan.step]
        self.took(thread)
        thread.waits = True
        return self.next()

    def _end(self) -> None:
        execution = self.execution
        execution.over = True
        self.outcome.steps = execution.steps
        waits = any(not each.daemon for each in execution.alive())
        if waits and not self.outcome.covered and not self.standstill.is_for_outside():
            execution.report_deadlock()
        _explorer.abort_all()
        if not self.outcome.fair:
            try:
                execution.search.end(execution.blocked())
            except DivergedError:
                execution.diverged()
