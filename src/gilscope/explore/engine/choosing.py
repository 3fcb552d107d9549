"""Asks the search which thread goes on, as long as it is to say so, and lets that one go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope._explorer import DivergedError
from gilscope.explore.engine import synchronisation
from gilscope.explore.engine.standstill import Standstill
from gilscope.explore.engine.symmetry.orders import SymmetryClasses
from gilscope.explore.engine.thread import unblocked
from gilscope.explore.engine.turns import Turns
from gilscope.explore.search.dpor import in_c
from gilscope.explore.search.steps import NOBODY, READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.execution import Execution
    from gilscope.explore.engine.standins.clock import Clock
    from gilscope.explore.engine.symmetry.orders import Symmetry
    from gilscope.explore.engine.thread import LogicalThread

MAIN = 0
MOST_ALONE = 10  # as many steps with no choice between threads cost as much as one with


class Chooser:
    """Who goes on in one execution: the search says it, until the execution takes turns."""

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
        self._with_gil = with_gil
        self._invariant = invariant  # checked after each step
        self._stand_ins = execution.carriers.stand_ins
        quick = in_c(execution.search)
        if quick is not None and invariant is None:
            plain = synchronisation.plain
            execution.stepper.use(*quick, self.classes.group_of, plain, most_steps)

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

    # --- who goes on -----------------------------------------------------------------------------

    def next(self) -> int:
        """Choose a thread; the main thread, to end the execution, if there is none."""
        while not self.execution.over:
            answer = self.execution.stepper.next()
            if answer is not None:
                return self.go_on(answer)
            enabled = self.execution.enabled()
            if enabled:
                return self._choose(enabled)
            if not (self.standstill.pass_time() or self.standstill.end_pools()):
                self._end()
        _explorer.abort_all()  # the watchdog says that it is over before it says this
        return MAIN

    def go_on(self, answer: int | None) -> int:
        """The thread that goes on, when the stepper has given this answer."""
        if answer is None:
            return self.next()
        if answer >= 0:
            return answer
        if answer == _explorer.DIVERGED:
            self.execution.diverged()
            return MAIN
        if answer == NOBODY:
            return self._end_as_covered()
        return self._let_go_on(self.execution.threads[_explorer.FIRST_THREAD - answer])

    def _choose(self, enabled: frozenset[int]) -> int:
        execution = self.execution
        stepper = execution.stepper
        stepper.steps += 1
        stepper.choices += len(enabled) > 1
        if execution.is_late():
            return MAIN
        is_long = max(stepper.choices, stepper.steps // MOST_ALONE) > self._most_steps
        if is_long or self.outcome.fair:
            return self._take_turns(enabled)
        try:
            chosen = execution.search.choose(enabled, execution.pending, _explorer.numbered())
        except DivergedError:
            execution.diverged()
            return MAIN
        if chosen == NOBODY:
            return self._end_as_covered()
        return self._let_go_on(execution.threads[chosen])

    def _end_as_covered(self) -> int:
        self.outcome.covered = True
        self._end()
        return MAIN

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
