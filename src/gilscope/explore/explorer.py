"""An exploration from beginning to end: worlds, counterexample, races, attack, verdict."""

from __future__ import annotations

import math
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope import _explorer
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
from gilscope.explore.results import DataRace, Exploration, Verdict, WorldResult
from gilscope.explore.search.following import Following
from gilscope.explore.search.sampling import Sampling
from gilscope.explore.unexplored import run_once, why_unexplored
from gilscope.explore.world import SPENT, WorldSearch

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.engine.outcome import Outcome
    from gilscope.explore.options import Options

RACE_SAMPLES = 6  # executions in which data races are looked for
MOST_RACES = 50
RACES_SHARE = 0.1
BRIEF_SHARE = 0.1  # of the budget, to see whether a search takes long
WIDER_SHARE = 0.25  # of it, to prove a world that implies the one that was asked for
LOOKS_SHARE = 0.25  # of it, to try what is proven with each order of looks at clocks, too
LENT_SHARE = 0.5  # of it, by the world with the GIL to the wider one, whose proof is one of both
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
        setting: Setting = BARE,
    ) -> None:
        self._test = test
        self._setting = setting
        self._options = options
        self._target = target
        self._progress = progress
        self._executor = Executor.with_options(test, options, setting)
        self._searches: list[WorldSearch] = []
        self._races: dict[object, DataRace] = {}
        self._locations = 0
        self._share = 1.0  # of the budget
        self._looked_in_turn = False  # at clocks, in each order

    def explore(self) -> Exploration:
        began_s = time.monotonic()
        if why_unexplored(self._test):
            return run_once(self._test, self._target, self._setting.prepare)[0]
        if again := failing_again(self._test, self._options, self._target, self._setting):
            return again
        with self._executor as executor:
            worlds = self._looking_in_turn(self._worlds())
            leaked = executor.beginning.left_over()
            executions = executor.executions
            counterexample = None
            if not self._searches[-1].stuck:
                counterexample = self._counterexamples().seen_again()
                worlds = tuple(map(self._unless_lost, worlds))
                self._look_for_races()
                worlds = self._unless_failed(worlds)
            else:
                counterexample = self._counterexamples().as_found()
        worlds = tuple(_with_leaks(each, leaked) for each in worlds)
        exploration = Exploration(
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
        return attacked(exploration, executor, self._options, self._setting.prepare, self._progress)

    # --- worlds ----------------------------------------------------------------------------------

    def _worlds(self) -> tuple[WorldResult, ...]:
        if self._options.world == "gil":
            return self._with_gil()
        free, left = self._search(FREE_THREADED), 1.0
        if self._options.world == "free-threaded":
            return (free,)
        if self._searches[-1].lacks_time:
            free, left = self._searches[-1].go_on(LENT_SHARE), 1.0 - LENT_SHARE
        if free.verdict is Verdict.PROVEN:
            return (free, _implied_by(free))
        return (free,) if self._searches[-1].stuck else (free, self._search(gil_world(), left))

    def _looking_in_turn(self, worlds: tuple[WorldResult, ...]) -> tuple[WorldResult, ...]:
        """What is proven if it does not matter who looks at a clock first: the same if it does.

        These are many more orders, in most of which nothing is at stake; so they come last. Where
        there is no time for all, the first proof stands, with what it assumes.
        """
        proven = {each.world for each in worlds if each.verdict is Verdict.PROVEN}
        if not proven or self._executor.stand_ins.clock.most_own_readers < 2:
            return worlds
        _explorer.count_looks(True)
        self._share = LOOKS_SHARE
        forget = _what_is_learnt(self._executor)
        again = self._worlds()
        if self._searches[-1].stuck or any(each.verdict is Verdict.FOUND for each in again):
            return again
        self._looked_in_turn = all(each.verdict is Verdict.PROVEN for each in again)
        if not self._looked_in_turn:
            forget()
        return worlds

    def _with_gil(self) -> tuple[WorldResult, ...]:
        """The world with the GIL; where that takes long, the wider one without it may be quicker.

        There a step is one access. With the GIL it is all that a thread does between two switches,
        so that more steps depend on each other: up to 40 times as many executions differ.
        """
        if self._options.search == "sample":
            return (self._search(gil_world()),)
        brief = self._search(gil_world(), BRIEF_SHARE)
        if self._searches[-1].is_over:
            return (brief,)
        if {each.kind for each in brief.reasons} <= SPENT:
            free = self._wider()
            if free is not None:
                return (free, _implied_by(free))
        last = self._searches[-1]
        return (brief if last.stuck else self._search(gil_world()),)

    def _wider(self) -> WorldResult | None:
        """The proof of the world without the GIL, if there is one. Else all is as it was before."""
        forget = _what_is_learnt(self._executor)
        free = self._search(FREE_THREADED, WIDER_SHARE, search="exhaust")
        if free.verdict is Verdict.PROVEN:
            return free
        forget()
        self._searches[-1].found = None
        return None

    def _search(self, world: str, share: float = 1.0, search: str = "") -> WorldResult:
        """Within a share of the budget, and in a way of its own if there is one."""
        options = replace(
            self._options,
            executions=max(1, int(self._options.executions * share * self._share)),
            seconds=self._options.seconds * share * self._share,
            search=search or self._options.search,
        )
        made = WorldSearch(self._executor, options, world, self._progress)
        self._searches.append(made)
        return made.run()

    def _counterexamples(self) -> Counterexamples:
        return Counterexamples(self._executor, self._options, self._searches, self._narrated)

    def _unless_lost(self, world: WorldResult) -> WorldResult:
        """What is found fails whenever its schedule is followed. Else it is only a reason."""
        lost = (each for each in self._searches if each.world == world.world and each.is_lost)
        search = next(lost, None)
        return world if search is None else search.conclude()

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
        if clock.most_readers > 1 and (clock.is_librarys or not self._looked_in_turn):
            found.append(Reason(AssumptionKind.ANY_FIRST_LOOK))
        found += limits
        if executor.used_time or executor.shortest_timeout_s < math.inf:
            found.append(Reason(AssumptionKind.COMPUTING_IN_NO_TIME))
        if executor.left_daemons:
            found.append(Reason(AssumptionKind.DAEMONS_LEFT))
        if bound is not None:
            found.append(Reason(AssumptionKind.PREEMPTIONS_BOUNDED, number=bound))
        return tuple(found)


def _what_is_learnt(executor: Executor) -> Callable[[], None]:
    """Of what executions do not show, from now on: what is returned forgets it."""
    limits, late = executor.limits.copy(), executor.late_finalizers.copy()
    unknown = executor.notes.unknown.copy()

    def forget() -> None:
        executor.limits &= limits
        executor.late_finalizers &= late
        executor.notes.unknown &= unknown  # the same set: native code fills it

    return forget


def _implied_by(free: WorldResult) -> WorldResult:
    """With the GIL, threads switch at some of the places at which they do without it."""
    return WorldResult(gil_world(), free.verdict, IMPLIED, 0.0, (), free.preemption_bound)


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
