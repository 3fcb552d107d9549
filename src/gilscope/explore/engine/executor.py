"""Runs executions of one test, one after another, under any search, in one world."""

from __future__ import annotations

import gc
import math
import sys
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from gilscope import _explorer
from gilscope.explore.bytecode.instrument import Observation, configure, observe_thread
from gilscope.explore.bytecode.raised import raises_told
from gilscope.explore.bytecode.scope import Scope, position_of
from gilscope.explore.engine import unobserved, workers
from gilscope.explore.engine.carriers import Carriers
from gilscope.explore.engine.deadline.stopping import StopSignal
from gilscope.explore.engine.deadline.watchdog import StuckError, Watchdog
from gilscope.explore.engine.execution import Execution
from gilscope.explore.engine.foreignthreads import foreign_threads
from gilscope.explore.engine.instrumented import QuietAborts, alone, instrumented, repeatable
from gilscope.explore.engine.isolation import garbage, interpreter
from gilscope.explore.engine.isolation.beginning import Beginning
from gilscope.explore.engine.isolation.young import Young
from gilscope.explore.engine.lifecycle import Lifecycle
from gilscope.explore.engine.scheduler import Scheduler
from gilscope.explore.engine.setting import BARE, Setting
from gilscope.explore.engine.standins import asyncio_, identity, sqlite_, threading_
from gilscope.explore.engine.standins.table import StandIns, model_of
from gilscope.explore.engine.symmetry.orders import Symmetry
from gilscope.explore.engine.thread import Abort
from gilscope.explore.engine.turns import MOST_EVENTS
from gilscope.explore.facts import Reason, ReasonKind
from gilscope.explore.search.following import Following

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.outcome import Outcome
    from gilscope.explore.options import Options
    from gilscope.explore.search.steps import Search, Step

COLLECT_EVERY = 256  # executions


class Executor:
    """Use as a context manager: while it lasts, the interpreter is instrumented."""

    # Of the current execution; None between two.
    _execution: Execution | None = None
    _scheduler: Scheduler | None = None
    _lifecycle: Lifecycle | None = None
    _with_gil = False
    failing: Outcome | None = None  # how the last ended that failed, whatever it was run for

    def __init__(
        self,
        test: Callable[[], object],
        scope: Scope,
        *,
        most_steps: int,
        seconds: float = math.inf,
        invariant: Callable[[], object] | None = None,
        each_step: bool = False,
        setting: Setting = BARE,
    ) -> None:
        self.test = test
        self.scope = scope
        self._most_steps = most_steps
        self._seconds = seconds
        self._invariant = invariant
        self._each_step = each_step
        self._prepare = setting.prepare
        # What came of all executions.
        self.executions = 0
        self.longest = 0
        self.most_threads = 1
        self.used_time = False
        self.left_daemons = False  # behind, that would go on
        self.shortest_timeout_s = math.inf
        self.late_finalizers: set[str] = set()
        self.limits: set[Reason] = set()  # why they show not all
        self.collected: set[str] = set()  # functions that the garbage collector ran
        # What they share.
        self.observation = Observation(scope, identity.look_at)
        self.notes = self.observation.notes
        self.stand_ins = StandIns()
        self.symmetry = Symmetry(invariant)
        self.beginning = Beginning(scope, setting.roots(test))
        self._carriers = Carriers(self.stand_ins.by_kind, observe_thread)
        self._signal = StopSignal(self._is_stuck)
        self._watchdog = Watchdog(lambda: self._execution, self._signal)
        self._stack = ExitStack()
        self._young = Young()  # what all executions make
        self._knows_sqlite = False

    @classmethod
    def with_options(
        cls, test: Callable[[], object], options: Options, setting: Setting = BARE
    ) -> Self:
        return cls(
            test,
            Scope(options.include),
            most_steps=options.most_steps,
            seconds=options.seconds,
            invariant=options.invariant,
            each_step=options.each_step,
            setting=setting,
        )

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(alone())
            stack.enter_context(interpreter.without_loop())
            stack.enter_context(repeatable())  # a collection would make what is new look old
            _explorer.new_exploration(self.observation.is_of_other_code())
            self.set_world(with_gil=False)
            stack.enter_context(instrumented(lambda: self._lifecycle))
            stack.enter_context(self._carriers)
            stack.enter_context(self._signal)
            stack.enter_context(self._watchdog)
            self.limit(self._seconds)
            self._young = Young()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()

    def _is_stuck(self) -> bool:
        runs = self._execution is not None or self._watchdog.prepares
        return runs and self._watchdog.stuck is not None

    def limit(self, seconds: float) -> None:
        """Executions that go on for longer than so, from now on, are given up."""
        self._watchdog.deadline_s = monotonic() + seconds

    def is_late(self) -> bool:
        return monotonic() >= self._watchdog.deadline_s

    def set_world(self, *, with_gil: bool) -> None:
        self._with_gil = with_gil
        configure(
            self.observation,
            model=model_of,
            stand_ins=self.stand_ins.by_kind,
            scheduler=self._arrive,
            go_on=self._go_on,
            runaway=self._run_away,
            abort=Abort,
            most_events=MOST_EVENTS,
            with_gil=with_gil,
        )

    def _arrive(self, number: int, accesses: Any, request: Any, may_switch: Any) -> int:
        assert self._scheduler is not None
        return self._scheduler.arrive(number, accesses, request, may_switch)

    def _go_on(self, answer: int | None) -> int:
        assert self._scheduler is not None
        return self._scheduler.go_on(answer)

    def _run_away(self, number: int) -> int:
        assert self._scheduler is not None
        return self._scheduler.run_away(number)

    # --- executions ------------------------------------------------------------------------------

    def run(self, search: Search, tell: Callable[[int, object], None] | None = None) -> Outcome:
        """One execution; `search.begin` has been asked before."""
        self.executions += 1
        if self.executions % COLLECT_EVERY == 0:
            self._young.collect_in_turn()
            self._run(Following((), strict=False))  # finalizers may leave work for whoever is next
        _explorer.doubts_meet(search.doubts is None)
        sees_all = self._invariant is not None and self._each_step  # also what is done under locks
        _explorer.guard(not sees_all)
        outcome = self._run(search, tell)
        self._note_doubts(search)
        return outcome

    def collect(self) -> Outcome:
        """One execution, after which the garbage collector runs; what it ran is `collected`."""
        outcome, ran = self._collect()
        if ran:  # also what an earlier exploration left behind may be the reason
            gc.collect()
            outcome, self.collected = self._collect()
        return outcome

    def _collect(self) -> tuple[Outcome, set[str]]:
        with garbage.only_new(), garbage.Survivors(lambda: self._execution) as search:
            search.begin()
            return self.run(search), garbage.ran_in_collection(self.scope, self._young.collect)

    def _run(self, search: Search, tell: Callable[[int, object], None] | None = None) -> Outcome:
        threading_.restart_names()
        asyncio_.restart()
        self._know_sqlite()
        if self._prepare is not None:
            with self._watchdog.preparing():
                self._prepare()
        beside = self._threads_beside()
        self.beginning.is_alone &= not beside
        self.limits.update(Reason(ReasonKind.THREAD_BEFORE, each) for each in beside)
        execution = Execution(search, self._carriers, self._watchdog.deadline_s)
        execution.outcome.tell = tell
        self._run_observed(execution, beside=bool(beside))
        if self._watchdog.stuck is not None:
            raise StuckError(self._watchdog.stuck)
        return execution.outcome

    def _run_observed(self, execution: Execution, *, beside: bool) -> None:
        scheduler = self._begin(execution, beside=beside)
        before = interpreter.noted()
        with QuietAborts():
            _explorer.begin(execution.outcome.tell, execution.threads, execution.stepper)
            self.beginning.begin(self.executions)
            try:
                scheduler.run(self.test)
                self._check_invariant(execution.outcome)
            except Abort:
                pass  # within the invariant
            finally:
                self._execution = self._scheduler = self._lifecycle = None
                self._note(execution.outcome)
                if not beside:
                    left = self._threads_beside()
                    self.limits.update(Reason(ReasonKind.THREAD_UNEXPLORED, each) for each in left)
                late = garbage.late_finalizers(*_explorer.end())
                self.late_finalizers |= late if execution.outcome.is_whole() else set()
                interpreter.put_back(before)
                self.beginning.end(execution.outcome, self.executions)

    def _threads_beside(self) -> list[str]:
        own = (*self._carriers.idents(), self._watchdog.ident, *workers.idle())
        return foreign_threads(own)

    def _begin(self, execution: Execution, *, beside: bool) -> Scheduler:
        scheduler = Scheduler(
            execution,
            most_steps=self._most_steps,
            with_gil=self._with_gil,
            clock=self.stand_ins.clock,
            is_blind=self.notes.is_blind,
            symmetry=self.symmetry,
            invariant=self._invariant if self._each_step else None,
            beside=beside,
        )
        unobserved.begin(execution.do_others_live)
        self.stand_ins.begin(execution, scheduler.classes.is_told)
        _explorer.set_patience(MOST_EVENTS)
        self._execution, self._scheduler = execution, scheduler
        self._lifecycle = Lifecycle(scheduler)
        return scheduler

    def _check_invariant(self, outcome: Outcome) -> None:
        if self._invariant is not None and outcome.is_whole():
            outcome.check(self._invariant)

    # --- what came of them -----------------------------------------------------------------------

    def _note(self, outcome: Outcome) -> None:
        self.longest = max(self.longest, outcome.steps)
        self.most_threads = max(self.most_threads, len(outcome.threads))
        self.failing = self.failing if outcome.kind is None else outcome
        self.used_time = self.used_time or outcome.used_time
        self.left_daemons = self.left_daemons or outcome.left_daemons
        self.shortest_timeout_s = min(self.shortest_timeout_s, outcome.shortest_timeout_s)
        if outcome.outside:
            self.limits.add(outcome.outside)

    def _note_doubts(self, search: Search) -> None:
        if search.doubts:
            self.notes.unknown.update(self.notes.doubts[each] for each in search.doubts)
            search.doubts.clear()

    def _know_sqlite(self) -> None:
        """As soon as it is there: an execution may have imported it."""
        if not self._knows_sqlite and sqlite_.is_loaded():
            self._knows_sqlite = True
            self._stack.enter_context(sqlite_.impatient())
            self._stack.enter_context(raises_told(self._note_raised))

    def _note_raised(self, error: BaseException) -> None:
        if self._execution is not None and sqlite_.is_locked(error):
            where = position_of(sys._getframe())  # noqa: SLF001 # of the thread that raises it
            outcome = self._execution.outcome
            outcome.outside = outcome.outside or Reason(ReasonKind.DATABASE_LOCKED, "", where)

    def step_of(self, thread: int) -> Step:
        """What a thread of the current execution is about to do."""
        assert self._execution is not None
        return tuple(self._execution.threads[thread].step or ())

    def steps(self) -> int:
        """Choices that were made in the current execution."""
        assert self._execution is not None
        return self._execution.steps
