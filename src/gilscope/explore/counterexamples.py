"""Shows how a test fails: runs what was found again, makes it simple, and tells its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore import schedules
from gilscope.explore.bytecode.instrument import explored_codes
from gilscope.explore.engine.deadline.watchdog import StuckError
from gilscope.explore.facts import Reason, ReasonKind
from gilscope.explore.options import FREE_THREADED
from gilscope.explore.results import Counterexample
from gilscope.explore.search.following import Following
from gilscope.explore.search.shrink import Failing, Shrinker, measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.engine.outcome import Outcome
    from gilscope.explore.narration.events import Narrator
    from gilscope.explore.options import Options
    from gilscope.explore.results import Failure
    from gilscope.explore.search.steps import Search
    from gilscope.explore.tries import FailingSchedule
    from gilscope.explore.world import WorldSearch

SHRINKING_SHARE = 0.25  # of the budget of a world


class Counterexamples:
    """Of what a search has just found.

    Before another one learns of more places where threads meet: a schedule is the choices at those
    that were known.
    """

    def __init__(
        self,
        executor: Executor,
        options: Options,
        narrated: Callable[[Following], tuple[Narrator, Outcome]],
    ) -> None:
        self._executor = executor
        self._options = options
        self._narrated = narrated

    def of(self, search: WorldSearch) -> Counterexample | None:
        """None, and lost to the search, if nothing fails when its schedule is followed, or the
        order of the first execution fails now, too.
        """
        if search.found is None:
            return None
        if search.stuck:
            return _as_found(search.world, search.found)
        shown = self._followed(search, search.found)
        reason = self._fault_of_others() if shown is not None else None
        if shown is None or reason is not None:
            search.lose(reason)
            return None
        return shown

    def _fault_of_others(self) -> Reason | None:
        """Why a failure is not one of the test: if the order of the first execution, which ended
        well, fails now, executions do not begin as that one did.
        """
        first = self._executor.beginning.first
        if first is None or first.ending is not None:
            return None
        self._executor.beginning.settle()
        search = Following((), strict=False)
        search.begin()
        try:
            ending = self._executor.run(search).ending
        except StuckError:
            return None
        return Reason(ReasonKind.ENDED_OTHERWISE, ending.message()) if ending is not None else None

    def _followed(self, search: WorldSearch, found: FailingSchedule) -> Counterexample | None:
        self._executor.set_world(with_gil=search.world != FREE_THREADED)
        _explorer.show_all(search.everywhere)
        _explorer.freeze(True)
        try:
            return self._shrunk(search.world, found)
        except StuckError:
            return _as_found(search.world, found)
        finally:
            _explorer.freeze(False)
            _explorer.show_all(False)

    def _shrunk(self, world: str, found: FailingSchedule) -> Counterexample | None:
        is_cut_off = False

        def fails(search: Search) -> bool:
            nonlocal is_cut_off
            self._executor.beginning.settle()  # what the one before left would be its fault
            outcome = self._executor.run(search)
            is_cut_off = is_cut_off or outcome.gave_up is not None
            return outcome.kind is found.failure.kind

        self._executor.limit(self._options.seconds * SHRINKING_SHARE)
        shrinker = Shrinker(fails, self._executor.is_late)
        first = shrinker.follow(found.choices)
        if first is None and not is_cut_off:
            return None
        if first is None:  # too late to see it again: shown as it was
            as_it_was = Failing(0, 0, 0, found.choices)
            return self._shown(world, as_it_was, found.failure, minimal=False)
        best, minimal = shrinker.shrink(first)
        return self._shown(world, best, found.failure, minimal=minimal)

    def _shown(
        self, world: str, failing: Failing, failure: Failure, *, minimal: bool
    ) -> Counterexample:
        self._executor.limit(self._options.seconds)
        search = Following(failing.choices, strict=False)
        narrator, outcome = self._narrated(search)
        measure = measured(search)
        return Counterexample(
            failure=outcome.failure or failure,
            threads=tuple(outcome.names()),
            events=narrator.events(search.preemptions, outcome.failure),
            switches=measure.switches,
            preemptions=measure.preemptions,
            minimal=minimal,
            schedule=schedules.schedule_of(world, search.chosen, explored_codes()),
        )


def _as_found(world: str, found: FailingSchedule) -> Counterexample:
    """A failure that cannot be run again, as something blocks: without its events."""
    schedule = schedules.schedule_of(world, found.choices, explored_codes())
    return Counterexample(found.failure, (), (), 0, 0, minimal=False, schedule=schedule)
