"""Runs the executions of one search after another, until one fails or none is left to run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.facts import Reason, ReasonKind
from gilscope.explore.narration.diaries import differing
from gilscope.explore.search.following import Following
from gilscope.explore.search.kept import KeptSearch
from gilscope.explore.search.shrink import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.budget import Budget
    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.engine.outcome import Outcome
    from gilscope.explore.options import Options
    from gilscope.explore.results import Failure
    from gilscope.explore.search.steps import Search


LOOK_EVERY = 16  # executions at all globals: what they left behind is the fault of few


@dataclass(slots=True)
class FailingSchedule:
    """A failing schedule."""

    choices: tuple[int, ...]
    failure: Failure


@dataclass(slots=True)
class Tries:
    """Of one world, and what came of them."""

    executor: Executor
    options: Options
    world: str
    progress: Callable[[float, str], None]
    found: FailingSchedule | None = None
    reasons: list[Reason] = field(default_factory=list)
    exhausted: bool = False
    has_long: bool = False  # executions that ended by turns
    interrupted: bool = False
    _lost: Failure | None = None  # seen in an execution that cannot be followed again
    _surprises: int = 0  # how often globals were found changed of which that was not known
    _budget: Budget = field(init=False)
    _exhaustive: KeptSearch = field(default_factory=KeptSearch)

    def _is_open(self) -> bool:
        return self.found is None and not self.exhausted

    def _tell_progress(self) -> None:
        """Whoever is told may raise KeyboardInterrupt: then what is known now is the result."""
        try:
            self.progress(
                self._budget.spent(), f"{self.world}, {self.executor.executions:,} executions"
            )
        except KeyboardInterrupt:
            self.interrupted = self._budget.is_closed = True

    def _until_all_tried(self, share: float) -> bool:
        """From where the last such search was left, if its executions still count."""
        symmetry = self.executor.symmetry
        with symmetry.used(on=True):
            return self._until_stable(
                lambda: self._exhaustive.at((_explorer.conflicts(), symmetry.is_on)), share
            )

    def _until_stable(self, search: Callable[[], Search], share: float) -> bool:
        """Run a search to its end; from its beginning if more places turn out to be shared, or
        globals to change.
        """
        symmetry = self.executor.symmetry
        while True:
            if self._is_surprised():
                self._exhaustive.forget()
            before, surprises = _explorer.conflicts(), self._surprises
            whole = self._try(search(), share, stop_at_conflict=before)
            same = symmetry.is_unbroken()
            symmetry.use(on=symmetry.is_on)  # unless that was broken
            settled = not self._is_surprised() and self._surprises == surprises
            if self.found is not None or (_explorer.conflicts() == before and settled and same):
                return whole
            self._exhaustive.forget()
            if self._budget.spent() >= share:
                return False

    def _try(
        self,
        search: Search,
        share: float,
        *,
        stop_at_conflict: int | None = None,
        may_give_up: int = 0,
    ) -> bool:
        """Run executions until one fails, there are no more (then True), or the budget is spent.

        Or until one had to be given up; in a search that does not build on them, one more than
        `may_give_up`.
        """
        recorded = Recorded(search)
        while self.found is None:
            if self._budget.spent() >= share or self._budget.time_spent() >= 1.0:
                return False
            if not recorded.begin():
                return not self.has_long  # whose ends the search did not see
            before = _explorer.conflicts()
            outcome = self.executor.run(recorded)
            self._tell_progress()
            self._note_length(outcome)
            if outcome.failure is not None:
                changed = _explorer.conflicts() != before
                self._remember(outcome.failure, recorded.choices, changed=changed)
            elif outcome.gave_up:
                self._add_reason(outcome.gave_up)
                if may_give_up:
                    may_give_up -= 1
                    continue
                self._exhaustive.repeat()
                return False
            elif outcome.diverged:
                self._note_divergence(recorded.choices)
                return False
            if self._is_unstable(stop_at_conflict):
                return False
        return False

    def _is_surprised(self) -> bool:
        """Put back all globals; True if executions may have begun from another state than the
        test's own, so that they do not count.
        """
        surprised = self.executor.beginning.settle()
        self._surprises += surprised
        return surprised

    def _is_unstable(self, conflicts: int | None) -> bool:
        """Whether what was true of the executions of a search is not true of those to come; of one
        that does not build on them, nothing is said of conflicts, and it goes on.
        """
        surprised = self.executor.executions % LOOK_EVERY == 0 and self._is_surprised()
        if conflicts is None:
            return False
        changed = _explorer.conflicts() != conflicts
        return surprised or changed or not self.executor.symmetry.is_unbroken()

    def _note_divergence(self, choices: list[int]) -> None:
        if not self._is_surprised():  # else it may be the fault of executions before it
            differed = differing(self.executor, choices)
            self._add_reason(differed or Reason(ReasonKind.DIVERGED))

    def _note_length(self, outcome: Outcome) -> None:
        if outcome.fair:
            self.has_long = True
            self._add_reason(Reason(ReasonKind.LONG_EXECUTION, number=self.options.most_steps))

    def _remember(self, failure: Failure, choices: list[int], *, changed: bool) -> None:
        surprised = self._is_surprised()
        if surprised:  # it may be the fault of executions before it
            self.executor.failing = None
        else:
            self._lost = failure  # unless it is seen again
        if (changed or surprised) and not self._follow(choices, failure, is_certain=not surprised):
            return
        self.found = self.found or FailingSchedule(tuple(choices), failure)

    def _follow(self, choices: list[int], failure: Failure, *, is_certain: bool) -> bool:
        """Whether a schedule still fails now that more places are steps of it, and all is put back.

        `is_certain`: that it did, so that it need not be seen again if that comes too late.
        """
        search = Following(choices, strict=False)
        search.begin()
        outcome = self.executor.run(search)
        if outcome.gave_up:
            return is_certain
        again = outcome.failure
        if again is None or again.kind is not failure.kind:
            return False
        self.found = FailingSchedule(tuple(search.chosen), again)
        return True

    def _add_reason(self, reason: Reason) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)
