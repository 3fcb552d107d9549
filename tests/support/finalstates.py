"""All final states of a generated program, as `gilscope explore` finds them."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.bytecode import doubts
from gilscope.explore.bytecode.scope import Scope
from gilscope.explore.engine.executor import Executor
from gilscope.explore.results import Kind
from gilscope.explore.search.dpor import Exhaustive
from gilscope.explore.search.following import Following
from gilscope.explore.search.sampling import Sampling

if TYPE_CHECKING:
    from gilscope.explore.engine.outcome import Outcome
    from gilscope.explore.search.steps import Search


class States:
    """Runs a program's `run()` under a search and collects what it returns."""

    def __init__(self, source: str, *, with_gil: bool) -> None:
        self.module = sys.modules["generated"] = types.ModuleType("generated")
        exec(compile(source, "<generated>", "exec"), vars(self.module))
        self.with_gil = with_gil
        self.states: set[object] = set()
        self.executions = 0
        self.unknown: set[doubts.Note] = set()
        self.late: set[str] = set()  # finalizers that ran later than in truth
        self.diverged = False
        self.told_apart = ""  # what keeps the order of threads from being any
        self._returned: object = None

    def _test(self) -> None:
        self._returned = self.module.run()

    def exhaust(self, most_executions: int, *, symmetric: bool = False) -> bool:
        """Whether all interleavings were run; if `symmetric`, one of those that differ in names."""
        with Executor(self._test, Scope(), most_steps=20_000) as executor:
            executor.set_world(with_gil=self.with_gil)
            self._run(executor, _first())
            self.unknown.clear()
            executor.notes.unknown.clear()
            while True:
                before = _explorer.conflicts()
                self.states.clear()
                executor.symmetry.use(on=symmetric)
                search = Exhaustive()
                while search.begin():
                    if self.executions >= most_executions or self.diverged:
                        return False
                    self._run(executor, search)
                    same = executor.symmetry.is_unbroken()
                    if _explorer.conflicts() != before or not same:
                        break
                else:
                    self.told_apart = executor.symmetry.broken
                    return True

    def sample(self, seed: int, executions: int) -> None:
        with Executor(self._test, Scope(), most_steps=20_000) as executor:
            executor.set_world(with_gil=self.with_gil)
            search = Sampling(seed, executions)
            while search.begin():
                before, known = set(self.states), _explorer.conflicts()
                self._run(executor, search)
                if _explorer.conflicts() != known:
                    # Steps began at other places than the execution's end knew: with the GIL, a
                    # switch may have been tried where none can be. Explore looks again, too.
                    self.states = before

    def _run(self, executor: Executor, search: Search) -> None:
        outcome = executor.run(search)
        self.executions += 1
        self.unknown |= executor.notes.unknown
        self.late |= executor.late_finalizers | set(executor.collected)
        self.diverged = self.diverged or outcome.diverged
        if not outcome.covered and not outcome.diverged:
            self.states.add(self._state(outcome))

    @property
    def claims(self) -> bool:
        """Whether explore would say that these states, once exhausted, are all that there are."""
        unknown = doubts.in_world(self.unknown, with_gil=self.with_gil)
        return not (unknown or self.late or self.diverged)

    def _state(self, outcome: Outcome) -> object:
        failure = outcome.failure
        if failure is None:
            return self.module.show(self._returned)
        if failure.kind is Kind.DEADLOCK:
            return "deadlock"
        name, _, text = failure.message.partition(": ")
        return ("raised", failure.thread, name, text)


def _first() -> Search:
    """An execution of its own: imports and caches are the first one's only."""
    search = Following((), strict=False)
    search.begin()
    return search
