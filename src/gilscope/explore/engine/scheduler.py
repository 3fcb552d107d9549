"""Runs one execution of a test: parks its threads, and lets go on the one that the search chooses.

There is no thread of the scheduler's own. Whoever stops chooses who goes on, and passes the baton.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.bytecode.scope import position_of
from gilscope.explore.engine import plans, synchronisation
from gilscope.explore.engine.lifecycle import Lives, live_as_main
from gilscope.explore.engine.outcome import TOO_LATE, Outcome
from gilscope.explore.engine.owners import Owners
from gilscope.explore.engine.standins import pools
from gilscope.explore.engine.standstill import Standstill
from gilscope.explore.engine.symmetry.orders import Classes
from gilscope.explore.engine.thread import Abort, Logical, unblocked
from gilscope.explore.engine.turns import Turns, describe_end
from gilscope.explore.facts import Reason
from gilscope.explore.search.steps import NOBODY, READ, DivergedError
from gilscope.explore.unexplored import why_not_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gilscope.explore.bytecode.instrument import Watch
    from gilscope.explore.engine.carriers import Carriers
    from gilscope.explore.engine.plans import Plan
    from gilscope.explore.engine.symmetry.orders import Symmetry
    from gilscope.explore.facts import ReasonKind
    from gilscope.explore.search.steps import Search, Step

MAIN = 0


class Scheduler:
    """One execution."""

    def __init__(
        self,
        search: Search,
        carriers: Carriers,
        *,
        most_steps: int,
        with_gil: bool,
        watch: Watch,
        deadline_s: float,
        invariant: Callable[[], object] | None = None,
        symmetry: Symmetry,
        beside: bool = False,
    ) -> None:
        self.search = search
        self.carriers = carriers
        self.watch = watch
        self.deadline_s = deadline_s  # as time.monotonic() shows it
        self.most_steps = most_steps
        self.with_gil = with_gil
        self.invariant = invariant
        self.outcome = Outcome()
        self.threads: dict[int, Logical] = {}
        self.now_s = 0.0
        self.steps = 0
        self.over = False
        self.running = MAIN
        self.stand_ins = carriers.stand_ins
        self.lives = Lives(self)
        self._order: list[Logical] = []
        self.owners = Owners()
        self.time_passed = 0  # how often
        self.standstill = Standstill(self, beside=beside)
        self.turns = Turns(self)
        self.classes = Classes(self, symmetry)

    # --- the execution as a whole, in the main thread -------------------------------------------

    def run(self, test: Callable[[], object]) -> Outcome:
        """Run the test as thread 0 until all its threads have ended, or never will."""
        main = Logical(MAIN, "MainThread", plans.Plan(()))
        main.ident = self.carriers.main_ident
        self.add(main)
        interrupt = None
        try:
            self._observed(test)
        except KeyboardInterrupt as error:
            interrupt, self.over = error, True
        except BaseException as error:  # noqa: BLE001 # whatever the test raises is the finding
            self.failed(MAIN, error)
        self._await_others(main)
        self.classes.forget()
        self.outcome.discount_outside()
        pools.reopen()
        if interrupt is not None:
            raise interrupt
        return self.outcome

    def _observed(self, test: Callable[[], object]) -> None:
        made = live_as_main(test)
        reason = why_not_run(made)
        if reason is not None:
            self.give_up(reason)

    def _await_others(self, main: Logical) -> None:
        if not self.over:
            self.classes.end_joins(main)
            self.took(main)
            main.done = True
            following = self.next()
            if following != MAIN:
                _explorer.pass_baton(MAIN, following)
        self.over = True
        _explorer.abort_all()
        for each in self._order:
            if not each.done and each.number != MAIN and self.carriers.fault is None:
                self.running = each.number
                _explorer.pass_baton(MAIN, each.number)
        if not main.done:
            self.owners.give_back(MAIN)
        if self.carriers.fault is not None:
            raise self.carriers.fault

    def alive(self) -> list[Logical]:
        return [each for each in self._order if not each.done]

    def do_others_live(self) -> bool:
        """Than the main thread, that of the test itself."""
        return not self.over and any(each.number != MAIN for each in self.alive())

    def add(self, thread: Logical) -> None:
        self.threads[thread.number] = thread
        self._order.append(thread)
        self.outcome.threads[thread.number] = thread.name

    # --- what threads ask ------------------------------------------------------------------------

    def arrive(
        self,
        number: int,
        accesses: Step,
        request: Any,
        may_switch: bool,  # noqa: FBT001 # from C
    ) -> int:
        """A thread is about to do something visible: the thread that goes on now."""
        if _explorer.is_aborting():
            return self._while_aborting(number, request)
        if request is None:
            return self.reach(number, synchronisation.plain(accesses), may_switch=may_switch)
        return self.reach(number, synchronisation.plan(request), may_switch=may_switch)

    def reach(self, number: int, plan: Plan, *, may_switch: bool = True) -> int:
        thread = self.threads[number]
        if plan.refused is not None:
            return self._refuse(plan.refused)
        if plan.holder is None:
            self.classes.end_joins(thread)
        if plan.timeout_s is not None:
            self.outcome.ask_for_time(plan.timeout_s)
        may_switch = may_switch or plan.lets_go
        if not may_switch and not plan.always and (plan.gate is None or plan.gate()):
            if thread.step is not None:
                thread.step += unblocked(synchronisation.step_of(plan))
            self._set_stand_in(thread, None)
            self.owners.note(plan, number)
            return _explorer.STEP_GOES_ON
        if not may_switch and plan.blocks and thread.step is not None:
            thread.step += [(number, part, READ) for number, part, _ in plan.step]
        self.took(thread)
        thread.take(plan, self.now_s)
        thread.waits = not (plan.blocks and may_switch and self.with_gil)
        return self.next()

    def _refuse(self, why: ReasonKind) -> int:
        where = position_of(sys._getframe())  # noqa: SLF001 # of the thread that asks
        self.give_up(Reason(why, "", where))
        return MAIN

    def _while_aborting(self, number: int, request: Any) -> int:
        """Threads that end may give locks back, but wait for nothing."""
        if request is None:
            raise Abort
        plan = synchronisation.plan(request)
        if plan.always or plan.refused is not None or (plan.gate is not None and not plan.gate()):
            raise Abort
        self.owners.note(plan, number)
        return _explorer.STEP_GOES_ON

    def took(self, thread: Logical) -> None:
        if self.turns.begun or self.over or thread.step is None:
            return
        self.classes.took(thread, self.search.doubts)
        try:
            self.search.took(thread.number, tuple(thread.step))
        except DivergedError:
            self._diverged()
        if self.invariant is not None:
            self.outcome.check(self.invariant)

    # --- who goes on -----------------------------------------------------------------------------

    def next(self) -> int:
        """Choose a thread; the main thread, to end the execution, if there is none."""
        while not self.over:
            enabled = frozenset([each.number for each in self._order if each.can_go_on()])
            if enabled:
                return self._choose(enabled)
            if not (self.standstill.pass_time() or self.standstill.end_pools()):
                self._end()
        _explorer.abort_all()  # the watchdog says that it is over before it says this
        return MAIN

    def _choose(self, enabled: frozenset[int]) -> int:
        self.steps += 1
        if self.is_late():
            return MAIN
        if self.steps > self.most_steps or self.turns.begun:
            thread = self.turns.next_of(enabled)
            return self.next() if thread is None else self._let_go_on(thread)
        try:
            chosen = self.search.choose(enabled, self._pending, _explorer.numbered())
        except DivergedError:
            self._diverged()
            return MAIN
        if chosen == NOBODY:
            self.outcome.covered = True
            self._end()
            return MAIN
        return self._let_go_on(self.threads[chosen])

    def _let_go_on(self, thread: Logical) -> int:
        plan = thread.plan
        if not thread.waits and plan.gate is not None and not plan.gate():
            return self._begin_to_wait(thread)
        thread.step = list(synchronisation.step_of(plan))
        if not thread.waits or thread.timed_out:
            thread.step = unblocked(thread.step)
        ran_out = thread.timed_out and (plan.gate is None or not plan.gate())
        if ran_out and not plan.always:
            thread.step = [(number, part, READ) for number, part, _ in thread.step]
        else:
            self.owners.note(plan, thread.number)
        self._set_stand_in(thread, plan.on_time if plan.always or ran_out else None)
        thread.gate = None
        self.running = thread.number
        if plan.blocks and thread.waits:
            _explorer.passed_check(thread.number)
        return thread.number

    def _begin_to_wait(self, thread: Logical) -> int:
        """With the GIL, a thread that waited gets the lock without it: others can run after that.

        One that comes when the lock is free goes on at once. So beginning to wait is a step.
        """
        thread.step = [(number, part, READ) for number, part, _ in thread.plan.step]
        self.took(thread)
        thread.waits = True
        return self.next()

    def _set_stand_in(self, thread: Logical, stand_in: object) -> None:
        if stand_in is None:
            self.stand_ins.pop(-1 - thread.number, None)
        else:
            self.stand_ins[-1 - thread.number] = stand_in

    def _pending(self) -> Mapping[int, Step]:
        return {each.number: each.plan.step for each in self._order if not each.done}

    def blocked(self) -> Mapping[int, Step]:
        return {
            each.number: each.plan.step
            for each in self._order
            if not each.done and not each.can_go_on()
        }

    def is_late(self) -> bool:
        """Whether the budget is spent; then the execution is given up."""
        if monotonic() < self.deadline_s:
            return False
        self.give_up(TOO_LATE)
        return True

    # --- the end ---------------------------------------------------------------------------------

    def _end(self) -> None:
        self.over = True
        self.outcome.steps = self.steps
        waiting = [each for each in self._order if not each.done]
        is_deadlock = not self.outcome.covered and any(not each.daemon for each in waiting)
        if is_deadlock and not self.standstill.is_for_outside():
            self.outcome.report_deadlock(self._order, self.owners)
        _explorer.abort_all()
        if not self.turns.begun:
            try:
                self.search.end(self.blocked())
            except DivergedError:
                self._diverged()

    def give_up(self, reason: Reason) -> None:
        """This program is too much for explore, which is not the program's fault."""
        self.outcome.gave_up, self.over = self.outcome.gave_up or reason, True
        self.outcome.steps = self.steps
        _explorer.abort_all()

    def _diverged(self) -> None:
        self.outcome.diverged = self.over = True
        _explorer.abort_all()

    def failed(self, number: int, error: BaseException) -> None:
        if not _explorer.is_aborting():
            self.outcome.raised(number, error)

    def never_ends(self, thread: int | None) -> None:
        """`thread` is the one whose loop it is, where there is only one."""
        describe_end(self, thread)
        self._end()

    def abandon(self, stuck: Logical) -> None:
        """Leave a thread behind that will not stop. Called by a thread outside of the execution."""
        stuck.done = True
        self.carriers.lose(stuck.number)
        _explorer.pass_baton(-1, MAIN)
