"""Tests that are no plain functions: run once, as they are, with nothing proven about them."""

from __future__ import annotations

import importlib
import inspect
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gilscope.explore.bytecode.scope import python_tag
from gilscope.explore.engine.isolation.interpreter import without_loop
from gilscope.explore.engine.outcome import Outcome
from gilscope.explore.facts import Reason, ReasonKind
from gilscope.explore.options import FREE_THREADED
from gilscope.explore.results import Counterexample, Exploration, Schedule, Verdict, WorldResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.results import Failure


def why_unexplored(test: Callable[..., object]) -> Reason | None:
    """Why a test cannot be explored; None if it can."""
    if inspect.iscoroutinefunction(test) or inspect.isasyncgenfunction(test):
        return Reason(ReasonKind.ASYNC_TEST)
    return Reason(ReasonKind.GENERATOR_TEST) if inspect.isgeneratorfunction(test) else None


def run_once(
    test: Callable[[], object], target: str, prepare: Callable[[], object] | None
) -> tuple[Exploration, BaseException | None]:
    """What came of it, and what it raised."""
    began_s = time.monotonic()
    outcome = Outcome()
    outcome.tell = _nothing
    if prepare is not None:
        prepare()
    try:
        with without_loop():
            _run(test)
    except Exception as error:  # noqa: BLE001 # whatever the test raises is the finding
        outcome.raised(0, error)
    return _exploration(target, outcome.failure, why_unexplored(test), began_s), outcome.error


def not_run(target: str, needs: str) -> Exploration:
    """Of a test that only pytest can run."""
    reason = Reason(ReasonKind.NEEDS_PYTEST, needs)
    exploration = _exploration(target, None, reason, time.monotonic())
    return replace(exploration, worlds=(), executions=0, threads=0, seconds=0.0)


def _run(test: Callable[[], Any]) -> None:
    # Not before: as long as nobody has imported it, an exploration need not see to it.
    asyncio: Any = importlib.import_module("asyncio")
    if inspect.iscoroutinefunction(test):
        asyncio.run(test())
    elif inspect.isasyncgenfunction(test):
        asyncio.run(_exhausted(test))
    else:
        for _ in test():
            pass


async def _exhausted(test: Callable[[], Any]) -> None:
    async for _ in test():
        pass


def _nothing(thread: int, request: object) -> None:
    """An outcome that is told keeps the whole traceback."""


def _exploration(
    target: str, failure: Failure | None, reason: Reason | None, began_s: float
) -> Exploration:
    verdict = Verdict.NOT_PROVEN if failure is None else Verdict.FOUND
    reasons = (reason,) if reason is not None else ()
    seconds = time.monotonic() - began_s
    found = None
    if failure is not None:
        schedule = Schedule(FREE_THREADED, python_tag(), (), ())
        found = Counterexample(failure, ("MainThread",), (), 0, 0, minimal=False, schedule=schedule)
    return Exploration(
        target=target,
        python=sys.version.split()[0],
        verdict=verdict,
        worlds=(WorldResult(FREE_THREADED, verdict, 1, seconds, reasons, None),),
        counterexample=found,
        races=(),
        reasons=reasons,
        assumptions=(),
        threads=1,
        locations=0,
        longest=0,
        executions=1,
        seconds=seconds,
        seed=0,
        explored=False,
    )
