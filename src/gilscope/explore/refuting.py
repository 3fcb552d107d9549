"""Attacks a test that would be proven, and says what comes of it for the verdict."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from importlib import metadata
from typing import TYPE_CHECKING

from gilscope.explore.attack.attacking import attack
from gilscope.explore.attack.job import Job, Limits
from gilscope.explore.attack.noise import CALM, FREE, has_gil
from gilscope.explore.engine import workers
from gilscope.explore.facts import HindranceKind, Reason, ReasonKind
from gilscope.explore.options import FREE_THREADED
from gilscope.explore.results import Attack, Contradiction, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.attack.attacking import Report
    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.options import Options
    from gilscope.explore.results import Exploration, WorldResult

SHARE = 0.25  # of the time that the search took
MORE_S = 0.2  # until there have been enough runs
ENOUGH_RUNS = 60
MOST_S = 1.5  # until there have been a few, on a busy machine
FAULT = Reason(ReasonKind.SEARCH_REFUTED)


def attacked(
    exploration: Exploration,
    executor: Executor,
    options: Options,
    prepare: Callable[[], object] | None,
    progress: Callable[[float, str], None],
) -> Exploration:
    """The exploration as it is after the attack. Only what is proven, and has threads, is."""
    threads = exploration.threads
    if exploration.verdict is not Verdict.PROVEN or threads < 2 or not options.attack:
        return exploration
    limits = _limits(exploration, executor, options)
    hindrance = _hindrance(exploration, executor, limits)
    if hindrance is not None:
        return replace(exploration, attack=Attack(0, 0.0, hindrance=Reason(hindrance)))
    job = Job(
        executor.test,
        prepare,
        executor.beginning.settle,
        options.invariant,
        traced=_is_free_threaded(exploration),
        seed=options.seed,
    )
    began_s = time.monotonic()
    workers.end_idle()  # this process is to fork, and should be alone
    report = attack(job, limits, lambda runs: progress(1.0, f"attacked {runs:,} times"))
    return _judged(exploration, report, time.monotonic() - began_s)


def _limits(exploration: Exploration, executor: Executor, options: Options) -> Limits:
    searched = sum(1 for each in exploration.worlds if each.executions)
    left_s = max(0.0, options.seconds * searched - exploration.seconds)
    least_s = SHARE * exploration.seconds
    return Limits(
        least_s=min(least_s, left_s),
        soon_s=min(least_s + MORE_S, left_s),
        most_s=min(least_s + MORE_S + MOST_S, left_s),
        enough=ENOUGH_RUNS,
        shortest_timeout_s=executor.shortest_timeout_s,
    )


def _hindrance(
    exploration: Exploration, executor: Executor, limits: Limits
) -> HindranceKind | None:
    """Why a failure with real threads and real time would say nothing about the proof."""
    if not hasattr(os, "fork"):
        return HindranceKind.NO_FORK
    if executor.used_time or executor.stand_ins.clock_read:
        return HindranceKind.DEPENDS_ON_TIME
    if any(each.preemption_bound is not None for each in exploration.worlds):
        return HindranceKind.PREEMPTIONS_BOUNDED
    if not _is_free_threaded(exploration) and not has_gil():
        return HindranceKind.RUNS_WITHOUT_GIL
    return None if limits.most_s > 0 else HindranceKind.NO_TIME_LEFT


def _is_free_threaded(exploration: Exploration) -> bool:
    return any(each.world == FREE_THREADED for each in exploration.worlds)


# --- the verdict ----------------------------------------------------------------------------------


def _judged(exploration: Exploration, report: Report, seconds: float) -> Exploration:
    made = Attack(report.runs, seconds, doubt=report.doubt, hindrance=report.hindrance)
    verdict, worlds, reason = Verdict.PROVEN, exploration.worlds, report.doubt
    if report.failure is not None:
        contradiction = _contradiction(exploration, report)
        made = replace(made, contradiction=contradiction)
        verdict, reason = Verdict.FOUND, FAULT
        worlds = tuple(_contradicted(each, contradiction) for each in worlds)
    elif report.doubt is not None:
        verdict = Verdict.NOT_PROVEN
        worlds = tuple(_doubted(each, report.doubt) for each in worlds)
    return replace(
        exploration,
        verdict=verdict,
        worlds=worlds,
        reasons=(reason,) if reason is not None else (),
        seconds=exploration.seconds + seconds,
        attack=made,
    )


def _contradiction(exploration: Exploration, report: Report) -> Contradiction:
    assert report.failure is not None
    # An instruction at which Python itself would not switch says nothing about a world with a GIL.
    everywhere = has_gil() and report.strategy in (CALM, FREE)
    names = [each.world for each in exploration.worlds]
    return Contradiction(
        failure=report.failure,
        worlds=tuple(each for each in names if everywhere or each == FREE_THREADED),
        run=report.runs,
        strategy=report.strategy,
        seed=exploration.seed,
        python=" ".join(sys.version.split()),
        gilscope=metadata.version("gilscope"),
    )


def _contradicted(world: WorldResult, contradiction: Contradiction) -> WorldResult:
    if world.world in contradiction.worlds:
        return replace(world, verdict=Verdict.FOUND)
    return _doubted(world, FAULT)


def _doubted(world: WorldResult, reason: Reason) -> WorldResult:
    return replace(world, verdict=Verdict.NOT_PROVEN, reasons=(*world.reasons, reason))
