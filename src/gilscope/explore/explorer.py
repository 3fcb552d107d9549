"""An exploration from beginning to end: both worlds, the counterexample, races, the verdict."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore import schedules
from gilscope.explore.executor import Executor
from gilscope.explore.model import Counterexample, DataRace, Exploration, Verdict, WorldResult
from gilscope.explore.observing import explored_codes
from gilscope.explore.replay import failing_again
from gilscope.explore.search.following import Following
from gilscope.explore.search.sampling import Sampling
from gilscope.explore.shrink import Failing, Shrinker, measured
from gilscope.explore.telling import Teller
from gilscope.explore.world import FREE_THREADED, Found, WorldSearch, gil_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.model import Failure
    from gilscope.explore.options import Options
    from gilscope.explore.outcome import Outcome

RACE_SAMPLES = 6  # executions in which data races are looked for
MOST_RACES = 50
IMPLIED = 0  # executions of a world that follows from another


def nothing(fraction: float, doing: str) -> None:
    """No progress is shown."""


class Explorer:
    """Explores one test, once."""

    def __init__(
        self,
        test: Callable[[], object],
        options: Options,
        target: str,
        progress: Callable[[float, str], None] = nothing,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self._test = test
        self._prepare = prepare
        self._options = options
        self._target = target
        self._progress = progress
        self._executor = Executor.with_options(test, options, prepare)
        self._searches: list[WorldSearch] = []
        self._races: dict[object, DataRace] = {}
        self._locations = 0

    def explore(self) -> Exploration:
        began_s = time.monotonic()
        again = failing_again(self._test, self._options, self._target, self._prepare)
        if again is not None:
            return again
        with self._executor as executor:
            worlds = self._worlds()
            leaked = executor.left_over()
            executions = executor.executions
            counterexample = None
            if not self._searches[-1].stuck:
                counterexample = self._counterexample()
                self._look_for_races()
        worlds = tuple(_with_leaks(each, leaked) for each in worlds)
        return Exploration(
            target=self._target,
            python=sys.version.split()[0],
            verdict=_overall(worlds),
            worlds=worlds,
            counterexample=counterexample,
            races=tuple(self._races.values())[:MOST_RACES],
            reasons=tuple(dict.fromkeys(reason for each in worlds for reason in each.reasons)),
            assumptions=self._assumptions(),
            threads=executor.most_threads,
            locations=self._locations,
            longest=executor.longest,
            executions=executions,
            seconds=time.monotonic() - began_s,
            seed=self._options.seed,
        )

    # --- worlds ----------------------------------------------------------------------------------

    def _worlds(self) -> tuple[WorldResult, ...]:
        asked = self._options.world
        if asked == "gil":
            return (self._search(gil_world()),)
        free = self._search(FREE_THREADED)
        if asked == "free-threaded":
            return (free,)
        if self._searches[-1].stuck:
            return (free,)
        if free.verdict is Verdict.PROVEN:
            # With the GIL, threads switch at some of the places at which they do without it.
            implied = WorldResult(
                gil_world(), free.verdict, IMPLIED, 0.0, (), free.preemption_bound
            )
            return (free, implied)
        return (free, self._search(gil_world()))

    def _search(self, world: str) -> WorldResult:
        search = WorldSearch(self._executor, self._options, world, self._progress)
        self._searches.append(search)
        return search.run()

    # --- races -----------------------------------------------------------------------------------

    def _look_for_races(self) -> None:
        self._executor.set_world(with_gil=self._options.world == "gil")
        self._told(Following((), strict=False))
        sampling = Sampling(self._options.seed, RACE_SAMPLES)
        while sampling.begin():
            self._told(sampling)

    def _told(self, search: Following | Sampling) -> tuple[Teller, Outcome]:
        if isinstance(search, Following):
            search.begin()
        teller = Teller(self._executor)
        outcome = self._executor.run(search, teller.tell)
        self._locations = max(self._locations, len(teller.races.locations))
        for race in teller.races.found.values():
            self._races.setdefault((race.first, race.second), race)
        return teller, outcome

    # --- the counterexample ----------------------------------------------------------------------

    def _counterexample(self) -> Counterexample | None:
        """Of the world with the GIL, if there is one: it can be met today."""
        failing = [each for each in self._searches if each.found is not None]
        if not failing:
            return None
        search = failing[-1]
        assert search.found is not None
        self._executor.set_world(with_gil=search.world != FREE_THREADED)
        _explorer.show_all(search.everywhere)
        _explorer.freeze(True)
        try:
            return self._shrunk(search.world, search.found)
        finally:
            _explorer.freeze(False)
            _explorer.show_all(False)

    def _shrunk(self, world: str, found: Found) -> Counterexample:
        def fails(outcome: Outcome) -> bool:
            return outcome.failure is not None and outcome.failure.kind is found.failure.kind

        shrinker = Shrinker(self._executor.run, fails)
        first = shrinker.follow(found.choices)
        if first is None:  # not repeatable: shown as it was
            return self._shown(world, Failing(0, 0, 0, found.choices), found.failure, minimal=False)
        best, minimal = shrinker.shrink(first)
        return self._shown(world, best, found.failure, minimal=minimal)

    def _shown(
        self, world: str, failing: Failing, failure: Failure, *, minimal: bool
    ) -> Counterexample:
        search = Following(failing.choices, strict=False)
        teller, outcome = self._told(search)
        measure = measured(search)
        return Counterexample(
            failure=outcome.failure or failure,
            threads=tuple(self._executor.names(outcome)),
            events=teller.events(search.preemptions, outcome.failure),
            switches=measure.switches,
            preemptions=measure.preemptions,
            minimal=minimal,
            schedule=schedules.schedule_of(world, search.chosen, explored_codes()),
        )

    def _assumptions(self) -> tuple[str, ...]:
        found = [
            "the test begins from the same state each time, and only the order of threads differs",
            "threads see each other's writes in the order in which they were made",
        ]
        if self._executor.used_time:
            found.append(
                "computing takes no time: sleeps and timeouts end only when no thread can go on"
            )
        if self._options.preemptions is not None:
            found.append(f"no schedule has more than {self._options.preemptions} preemptions")
        return tuple(found)


def _overall(worlds: tuple[WorldResult, ...]) -> Verdict:
    verdicts = {each.verdict for each in worlds}
    for verdict in (Verdict.FOUND, Verdict.NOT_PROVEN):
        if verdict in verdicts:
            return verdict
    return Verdict.PROVEN


def _with_leaks(world: WorldResult, leaked: list[str]) -> WorldResult:
    if not leaked or world.verdict is Verdict.FOUND:
        return world
    names = ", ".join(sorted(leaked)[:5])
    reason = f"executions leave something behind for the next: {names}"
    return WorldResult(
        world.world,
        Verdict.NOT_PROVEN,
        world.executions,
        world.seconds,
        (*world.reasons, reason),
        world.preemption_bound,
    )
