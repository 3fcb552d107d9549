"""Runs one execution again as a schedule says, and tells whether that still fits the code."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from gilscope import _explorer
from gilscope.explore import schedules
from gilscope.explore.bytecode.instrument import explored_codes
from gilscope.explore.bytecode.scope import python_tag
from gilscope.explore.engine.deadline.watchdog import StuckError
from gilscope.explore.engine.executor import Executor
from gilscope.explore.engine.setting import BARE, Setting
from gilscope.explore.facts import Reason, ReasonKind
from gilscope.explore.narration.events import Narrator
from gilscope.explore.options import FREE_THREADED
from gilscope.explore.results import Counterexample, Exploration, Verdict, WorldResult
from gilscope.explore.search.following import Following
from gilscope.explore.search.shrink import measured
from gilscope.explore.unexplored import run_once, why_unexplored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType

    from gilscope.explore.engine.outcome import Outcome
    from gilscope.explore.options import Options
    from gilscope.explore.results import Event, Schedule, Site

MOST_NAMED = 3  # functions that have changed


class Replayed(NamedTuple):
    """`error` is what the failing execution raised, with its traceback; None for a deadlock."""

    exploration: Exploration
    error: BaseException | None


class Run(NamedTuple):
    """One execution that followed a schedule."""

    search: Following
    outcome: Outcome
    events: tuple[Event, ...]
    threads: tuple[str, ...]


def replay(
    test: Callable[[], object],
    schedule: Schedule,
    options: Options,
    target: str,
    setting: Setting = BARE,
) -> Replayed:
    """Follow a schedule exactly. Raises GilscopeError if another Python has to do it."""
    schedules.check_python(schedule)
    if why_unexplored(test):
        return Replayed(*run_once(test, target, setting.prepare))
    began_s = time.monotonic()
    with _executor(test, schedule, options, setting) as executor:
        _freeze(executor, schedule)
        try:
            run = _follow(executor, schedule, strict=True)
            if not _fits(run):  # the first execution in a process may fill caches, and import
                run = _follow(executor, schedule, strict=True)
        except StuckError as error:
            return _stuck(error, schedule, executor, target, began_s)
        codes = explored_codes()
        reasons = _misfits(run, schedule, codes)
        sites = schedule.sites
    if not reasons and run.outcome.failure is None:
        reasons = [Reason(ReasonKind.NOTHING_FAILED)]
    found = None if reasons else _counterexample(run, schedule)
    exploration = _exploration(target, schedule, executor, found, reasons, len(sites), began_s)
    return Replayed(exploration, None if reasons else run.outcome.error)


def _stuck(
    error: StuckError, schedule: Schedule, executor: Executor, target: str, began_s: float
) -> Replayed:
    reasons = [error.reason]
    return Replayed(_exploration(target, schedule, executor, None, reasons, 0, began_s), None)


def failing_again(
    test: Callable[[], object],
    options: Options,
    target: str,
    setting: Setting = BARE,
) -> Exploration | None:
    """Try `options.first`, as far as it fits the code as it is now; None unless that fails."""
    schedule = options.first
    if schedule is None or schedule.python != python_tag():
        return None
    began_s = time.monotonic()
    with _executor(test, schedule, options, setting) as executor:
        _freeze(executor, schedule)
        try:
            run = _follow(executor, schedule, strict=False)
        except StuckError:
            return None
        if run.outcome.failure is None:
            return None
        codes = explored_codes()
        now = schedules.schedule_of(schedule.world, run.search.chosen, codes)
    found = _counterexample(run, now)
    return _exploration(target, now, executor, found, [], len(now.sites), began_s)


# --- one execution --------------------------------------------------------------------------------


def _executor(
    test: Callable[[], object], schedule: Schedule, options: Options, setting: Setting
) -> Executor:
    executor = Executor.with_options(test, options, setting)
    executor.observation.given_sites = schedules.visible_in(schedule)
    return executor


def _freeze(executor: Executor, schedule: Schedule) -> None:
    """Steps begin where the schedule says, and nowhere else."""
    executor.set_world(with_gil=schedule.world != FREE_THREADED)
    _explorer.freeze(True)
    _explorer.count_looks(True)  # the schedule may have steps there


def _follow(executor: Executor, schedule: Schedule, *, strict: bool) -> Run:
    search = Following(schedule.choices, strict=strict)
    search.begin()
    narrator = Narrator(executor)
    outcome = executor.run(search, narrator.tell)
    events = narrator.events(search.preemptions, outcome.failure)
    return Run(search, outcome, events, tuple(outcome.names()))


def _fits(run: Run) -> bool:
    return run.search.followed and not run.outcome.diverged


# --- what it means --------------------------------------------------------------------------------


def _misfits(run: Run, schedule: Schedule, codes: Iterable[CodeType]) -> list[Reason]:
    """Why an execution is not the one that the schedule was made of."""
    codes = list(codes)
    sites = schedules.located(schedule, codes)
    missing = schedules.missing_sites(sites, codes)
    changed = schedules.changed_sites(sites, missing, codes)
    if changed:
        return [Reason(ReasonKind.CODE_CHANGED, _functions(changed))]
    if run.outcome.gave_up:
        return [run.outcome.gave_up]
    if _fits(run):
        return []
    if missing:
        return [Reason(ReasonKind.CODE_NOT_CALLED, _functions(missing))]
    return [Reason(ReasonKind.NOT_FOLLOWED)]


def _functions(sites: Iterable[Site]) -> str:
    names = list(dict.fromkeys(f"{each.file}:{each.first_line} {each.function}" for each in sites))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _counterexample(run: Run, schedule: Schedule) -> Counterexample:
    assert run.outcome.failure is not None
    measure = measured(run.search)
    return Counterexample(
        failure=run.outcome.failure,
        threads=run.threads,
        events=run.events,
        switches=measure.switches,
        preemptions=measure.preemptions,
        minimal=False,
        schedule=schedule,
    )


def _exploration(
    target: str,
    schedule: Schedule,
    executor: Executor,
    found: Counterexample | None,
    reasons: list[Reason],
    locations: int,
    began_s: float,
) -> Exploration:
    seconds = time.monotonic() - began_s
    verdict = Verdict.NOT_PROVEN if found is None else Verdict.FOUND
    world = WorldResult(schedule.world, verdict, executor.executions, seconds, tuple(reasons), None)
    return Exploration(
        target=target,
        python=sys.version.split()[0],
        verdict=verdict,
        worlds=(world,),
        counterexample=found,
        races=(),
        reasons=tuple(reasons),
        assumptions=(),
        threads=executor.most_threads,
        locations=locations,
        longest=executor.longest,
        executions=executor.executions,
        seconds=seconds,
        seed=0,
    )
