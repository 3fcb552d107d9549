"""Do threads make Python code faster? The slow Fibonacci, in everything that could run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.errors import GilscopeError
from gilscope.lab.fibonacci import curves, helping, illustrated, lanes, turns
from gilscope.lab.fibonacci.timings import (
    PAUSE_MS,
    ROUNDS,
    TASKS,
    WORKERS,
    curve_cases,
    time_cases,
)
from gilscope.lab.kit import machine
from gilscope.lab.kit.child import ChildFailed, part
from gilscope.lab.kit.model import Experiment
from gilscope.words.numbers import factor
from gilscope.words.text import listed

if TYPE_CHECKING:
    from gilscope.lab.fibonacci.timings import Timing
    from gilscope.lab.kit.model import Listener

QUESTION = "Do threads make Python code faster? If not, what does?"


def perform(listen: Listener) -> Experiment:
    here = _time_here(part(listen, 0.0, 0.6))
    listen(0.6, "recording threads")
    turn_step, turn_data = turns.perform()
    watched = [
        lanes.perform(strategy, here.name, part(listen, 0.64, 0.66))
        for strategy in (["processes"] if here.gil else ["threads", "processes"])
    ]
    interpreters, in_interpreters = curves.interpreters(here, part(listen, 0.66, 0.82))
    free, free_threaded = curves.free_threaded(here, part(listen, 0.82, 1.0))
    steps = (
        curves.code(here),
        illustrated.same_work(
            curves.same_work(here), here, watched if turn_step.unavailable else []
        ),
        illustrated.turns(turn_step, watched),
        illustrated.interpreters(interpreters, in_interpreters, here),
        illustrated.free_threaded(free, free_threaded, here),
        illustrated.waiting(helping.waiting(here), here),
        illustrated.native(helping.native(here), here),
    )
    data: dict[str, Any] = {
        "n": here.sizes["fibonacci"],
        "tasks": TASKS,
        "workers": list(WORKERS),
        "rounds": ROUNDS,
        "cores": here.load.cores,
        "idle_cores": here.load.free_cores,
        "here": here.data(),
        "turns": turn_data,
        "interpreters": curves.figures(in_interpreters),
        "free_threaded": curves.figures(free_threaded),
    }
    conclusion = concluded(here, in_interpreters, free_threaded)
    return Experiment("fibonacci", QUESTION, steps, conclusion, data)


def _time_here(listen: Listener) -> Timing:
    strategies = ["threads", "processes"]
    if machine.has_interpreters():
        strategies.append("interpreters")
    cases = curve_cases(strategies)
    for work in ("pause", "digest"):
        cases += [(work, "serial", 1), (work, "threads", TASKS)]
    sizes = {"fibonacci": 0, "pause": PAUSE_MS, "digest": 0}
    try:
        return time_cases(cases, sizes, listen)
    except ChildFailed as error:
        raise GilscopeError(f"the experiment could not be run: {error}", exit_code=1) from error


def concluded(here: Timing, interpreters: Timing | None, free: Timing | None) -> str:
    """What was measured, and no more: a way that gained nothing is not recommended."""
    tried = [("processes", here, "processes")]
    if interpreters is not None:
        tried.append(("sub-interpreters", interpreters, "interpreters"))
    if free is not None:
        tried.append((f"threads of {free.name}", free, "threads"))
    ways = [
        f"{name} ({factor(timing.best(strategy).speedup)} times as fast)"
        for name, timing, strategy in tried
        if timing.gained(strategy)
    ]
    if not here.gil and here.gained("threads"):
        gain = factor(here.best("threads").speedup)
        text = f"Without a GIL, threads made Python code {gain} times as fast."
    elif not here.gil:
        text = f"There is no GIL here, yet no gain of threads was seen. {here.why_no_gain()}"
    elif ways:
        text = (
            f"With a GIL, threads take turns to run Python code. What was faster: {listed(ways)}."
        )
    else:
        text = (
            "With a GIL, threads take turns to run Python code. Nothing that was tried was clearly"
            f" faster here. {here.why_no_gain()}"
        )
    waiting, native = here.gained("threads", "pause"), here.gained("threads", "digest")
    helped = ["waiting"] * waiting + ["native code that lets go of the GIL"] * native
    return f"{text} Threads are enough for {listed(helped)}." if helped else text
