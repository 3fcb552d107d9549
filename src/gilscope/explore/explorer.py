"""An exploration from beginning to end: worlds, counterexample, races, attack, verdict."""

from __future__ import annotations

import math
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.explore.bytecode.scope import gil_world
from gilscope.explore.counterexamples import Counterexamples
from gilscope.explore.engine.deadline.watchdog import StuckError
from gilscope.explore.engine.executor import Executor
from gilscope.explore.engine.foreignthreads import kernels_apart
from gilscope.explore.engine.setting import BARE, Setting
from gilscope.explore.facts import AssumptionKind, Reason, ReasonKind, in_order
from gilscope.explore.narration.events import Narrator
from gilscope.explore.options import FREE_THREADED
from gilscope.explore.refuting import attacked
from gilscope.explore.replay import failing_again
from gilscope.explore.results import Counterexample, DataRace, Exploration, Verdict, WorldResult
from gilscope.explore.search.following import Following
from gilscope.explore.search.sampling import Sampling
from gilscope.explore.unexplored import run_once, why_unexplored
from gilscope.explore.worlds import Worlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.outcome import Outcome
    from gilscope.explore.options import Options
    from gilscope.explore.world import WorldSearch

RACE_SAMPLES = 6  # executions in which data races are looked for
MOST_RACES = 50
RACES_SHARE = 0.1


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
        setting: Setting = BARE,
    ) -> None:
        self._test = test
        self._setting = setting
        self._options = options
        self._target = target
        self._progress = progress
        self._executor = Executor.with_options(test, options, setting)
        self._worlds = Worlds(self._executor, options, progress, self._shown)
        self._races: dict[object, DataRace] = {}
        self._locations = 0
        self._shown_in = 0  # executions that tried nothing new

    def explore(self) -> Exploration:
        began_s = time.monotonic()
        if why_unexplored(self._test):
            return run_once(self._test, self._target, self._setting.prepare)[0]
        if again := failing_again(self._test, self._options, self._target, self._setting):
            return again
        with self._executor as executor:
            worlds = self._worlds.search()
            executor.beginning.settle()
            leaked = executor.beginning.left_over()
            executions = executor.executions - self._shown_in
            if not self._worlds.is_stuck:
                self._look_for_races()
                worlds = self._unless_failed(worlds)
        worlds = tuple(_with_leaks(each, leaked) for each in worlds)
        exploration = Exploration(
            target=self._target,
            python=sys.version.split()[0],
            verdict=_overall(worlds),
            worlds=worlds,
            counterexample=self._worlds.counterexample,
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
        return attacked(exploration, executor, self._options, self._setting.prepare, self._progress)

    # --- verdict ---------------------------------------------------------------------------------

    def _unless_failed(self, worlds: tuple[WorldResult, ...]) -> tuple[WorldResult, ...]:
        """What is proven never fails, not even while races are looked for in that world."""
        failing = self._executor.failing
        if failing is None or failing.failure is None:
            return worlds
        raced = [each for each in worlds if each.world == self._raced_world()]
        # Races are looked for with more preemptions than a bounded proof speaks of.
        if not any(
            each.verdict is Verdict.PROVEN and each.preemption_bound is None for each in raced
        ):
            return worlds
        reason = Reason(ReasonKind.SEEN_ONCE, failing.failure.message)
        return tuple(_not_proven(each, reason) for each in worlds)

    def _raced_world(self) -> str:
        return gil_world() if self._options.world == "gil" else FREE_THREADED

    # --- races -----------------------------------------------------------------------------------

    def _look_for_races(self) -> None:
        self._executor.failing = None
        if self._executor.most_threads == 1:
            return
        self._executor.set_world(with_gil=self._raced_world() != FREE_THREADED)
        self._executor.limit(self._options.seconds * RACES_SHARE)
        with suppress(StuckError):  # what was seen until then is true all the same
            self._narrated(Following((), strict=False))
            sampling = Sampling(self._options.seed, RACE_SAMPLES)
            while sampling.begin() and not self._executor.is_late():
                self._narrated(sampling)

    def _shown(self, search: WorldSearch) -> Counterexample | None:
        before = self._executor.executions
        shown = Counterexamples(self._executor, self._options, self._narrated).of(search)
        self._shown_in += self._executor.executions - before
        return shown

    def _narrated(self, search: Following | Sampling) -> tuple[Narrator, Outcome]:
        if isinstance(search, Following):
            search.begin()
        narrator = Narrator(self._executor)
        outcome = self._executor.run(search, narrator.tell)
        self._locations = max(self._locations, len(narrator.races.locations))
        for race in narrator.races.found.values():
            self._races.setdefault((race.first, race.second), race)
        return narrator, outcome

    def _assumptions(self) -> tuple[Reason, ...]:
        executor, bound = self._executor, self._options.preemptions
        limits = in_order(executor.limits)
        same_state, no_collection = (
            Reason(AssumptionKind.SAME_STATE),
            Reason(AssumptionKind.NO_COLLECTION),
        )
        if executor.most_threads == 1:
            return (Reason(AssumptionKind.ONE_THREAD), same_state, no_collection, *limits)
        writes = Reason(AssumptionKind.WRITES_IN_ORDER)
        found = [same_state, writes, no_collection, *kernels_apart()]
        if executor.stand_ins.chance.was_asked:
            found.append(Reason(AssumptionKind.SAME_RANDOM_BYTES))
        clock = executor.stand_ins.clock
        if clock.most_readers > 1 and (clock.is_librarys or not self._worlds.looked_in_turn):
            found.append(Reason(AssumptionKind.ANY_FIRST_LOOK))
        found += limits
        if executor.used_time or executor.shortest_timeout_s < math.inf:
            found.append(Reason(AssumptionKind.COMPUTING_IN_NO_TIME))
        if executor.left_daemons:
            found.append(Reason(AssumptionKind.DAEMONS_LEFT))
        if bound is not None:
            found.append(Reason(AssumptionKind.PREEMPTIONS_BOUNDED, number=bound))
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
    return _not_proven(world, Reason(ReasonKind.LEFT_BEHIND, names))


def _not_proven(world: WorldResult, reason: Reason) -> WorldResult:
    reasons = (*world.reasons, reason)
    return replace(world, verdict=Verdict.NOT_PROVEN, reasons=reasons)
