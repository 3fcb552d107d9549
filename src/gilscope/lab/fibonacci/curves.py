"""What more and more threads, processes and sub-interpreters bring to Python code that computes."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gilscope.lab.fibonacci import lanes as workers
from gilscope.lab.fibonacci import timings
from gilscope.lab.fibonacci.timings import PLURALS, TASKS, WORKERS, WORTH, chart
from gilscope.lab.fibonacci.work import fibonacci
from gilscope.lab.kit import machine, missing
from gilscope.lab.kit.child import ChildFailed
from gilscope.lab.kit.model import Listing, Step
from gilscope.pythons import find
from gilscope.words.numbers import factor, in_words, percent, seconds

if TYPE_CHECKING:
    from gilscope.lab.fibonacci.timings import Point, Timing
    from gilscope.lab.kit.model import Listener
    from gilscope.pythons.description import Python

NUMBERS = ", ".join(map(str, WORKERS[:-1])) + f" and {WORKERS[-1]}"
SAME = 1.15  # a point of a curve that is not above another by more is not higher

Shown = tuple[Step, "Timing | None"]


def listing(here: Timing) -> Listing:
    """What is timed, as a reader could write it."""
    calls = f"[{here.sizes['fibonacci']}] * {TASKS}"
    lines = [
        *inspect.getsource(fibonacci).rstrip().splitlines(),
        "",
        f"for n in {calls}:  # one after the other",
        "    fibonacci(n)",
        "",
        "with ThreadPoolExecutor(2) as pool:  # in two threads",
        f"    list(pool.map(fibonacci, {calls}))",
    ]
    return Listing("what is timed below", tuple(lines))


def code(here: Timing) -> Step:
    """The program, before any number of it."""
    n = here.sizes["fibonacci"]
    return Step(
        "The code",
        did=f"A function that only computes is called {in_words(TASKS)} times: first one call after"
        " the other, then by a pool of threads, which starts them and gives each the next call as"
        " soon as it is done with one.",
        saw=f"One call of `fibonacci({n})` takes {seconds(here.serial_s() / TASKS)} here.",
        means="No call needs the result of another, so all of them could run at the same time. For"
        " processes, `ProcessPoolExecutor` stands where `ThreadPoolExecutor` does.",
        exhibits=(listing(here),),
    )


def same_work(here: Timing) -> Step:
    threads, processes = here.best("threads"), here.best("processes")
    return Step(
        f"The same work in {NUMBERS} threads, and in as many processes",
        did=f"The {in_words(TASKS)} calls were made one after the other, and by pools of {NUMBERS}"
        " threads and processes that had been started before. Each was timed"
        f" {in_words(timings.ROUNDS)} times, in turn; the best time counts.",
        saw=f"Threads were at best {factor(threads.speedup)} times as fast as one call after the"
        f" other ({_how_many(threads, 'threads')}), processes {factor(processes.speedup)} times"
        f" ({_how_many(processes, 'processes')}). {here.load.seen()}",
        means=f"{_why_threads(here)} {_why_processes(here)}",
        exhibits=(chart(here, ("threads", "processes")),),
    )


def _how_many(point: Point, strategy: str) -> str:
    return f"{in_words(point.workers)} {PLURALS[strategy]}"


def _why_threads(here: Timing) -> str:
    best, most = here.best("threads"), here.curve("threads")[-1]
    if not here.gil and here.gained("threads"):
        return (
            "This Python runs without a GIL: its threads ran Python code at the same time."
            + what_cores_do(here, "threads")
        )
    if not here.gil:
        return f"This Python runs without a GIL{_no_gain(here)}"
    if best.speedup >= WORTH:
        return (
            "With a GIL, threads can only take turns to run Python code. That some look faster than"
            " one is chance: other programs disturb, or the measurement differs from time to time."
        )
    text = (
        "A thread needs the GIL to run Python code, and a process has one GIL. So the threads took"
        " turns: each ran while the others waited, and however many there were, nothing was gained."
    )
    if 1 / most.speedup > max(WORTH, here.noise) and not here.load.is_busy:
        longer = percent(1 / most.speedup - 1)
        text += f" {_how_many(most, 'threads').capitalize()} even took {longer} longer."
    return text


def _why_processes(here: Timing) -> str:
    if not here.gained("processes"):
        return f"Each process has a GIL of its own{_no_gain(here)}"
    return (
        "Each process has an interpreter and a GIL of its own: they ran at the same time."
        + what_cores_do(here, "processes")
    )


def _no_gain(timing: Timing) -> str:
    """Goes on from a reason why there should have been a gain."""
    if timing.is_noisy:
        return f". What that gained is not known. {timing.why_no_gain()}"
    return f", and yet nothing was gained. {timing.why_no_gain()}"


def what_cores_do(timing: Timing, strategy: str) -> str:
    """What the number of cores does to a curve that rises; empty where it does nothing."""
    if timing.is_noisy:
        return ""
    load, points = timing.load, [each for each in timing.curve(strategy) if each.workers > 1]
    within = max((each.speedup for each in points if each.workers <= load.cores), default=1.0)
    beyond = max((each.speedup for each in points if each.workers > load.cores), default=None)
    if beyond is None:
        return ""
    if beyond <= within * SAME:
        there = machine.cores_in_words(load.cores)
        only = "only one can" if load.cores == 1 else f"only {in_words(load.cores)} of them can"
        return f" More workers than cores gained no more: with {there}, {only} run at a time."
    if load.is_busy:
        return (
            " More workers than cores gained more still, as the machine is busy: it shares its"
            " cores among all that want to run, and more workers get a larger share."
        )
    return ""


def interpreters(here: Timing, listen: Listener) -> Shown:
    title = "Sub-interpreters: several GILs in one process"
    timing: Timing | str = here
    python = None
    if not machine.has_interpreters():
        python = find.with_interpreters()
        if python is None:
            return Step(title, unavailable=missing.NO_INTERPRETERS), None
        timing = _elsewhere(python, "interpreters", here, listen)
    if isinstance(timing, str):
        return Step(title, unavailable=timing), None
    best = timing.best("interpreters")
    means = (
        "Each interpreter has a GIL of its own, so they ran at the same time, in one process. They"
        " share no objects: arguments and results are copied, as between processes."
        + what_cores_do(timing, "interpreters")
        if timing.gained("interpreters")
        else f"Each interpreter has a GIL of its own{_no_gain(timing)}"
    )
    step = Step(
        title,
        did=f"Python {timing.python} made the same calls in pools of {NUMBERS} sub-interpreters,"
        " each in a thread: `InterpreterPoolExecutor` in place of `ThreadPoolExecutor`.",
        saw=f"They were at best {factor(best.speedup)} times as fast as one call after the other in"
        f" that Python ({_how_many(best, 'interpreters')}). {timing.load.seen()}",
        means=means,
        exhibits=(chart(timing, ("interpreters",)),),
    )
    return _watched(step, timing, "interpreters", python), timing


def free_threaded(here: Timing, listen: Listener) -> Shown:
    title = "Free-threaded Python: no GIL at all"
    if not here.gil:
        return Step(title, unavailable="this is one already: see the second step"), None
    python = find.free_threaded()
    if python is None:
        return Step(title, unavailable=missing.NO_FREE_THREADED), None
    timing = _elsewhere(python, "threads", here, listen)
    if isinstance(timing, str):
        return Step(title, unavailable=timing), None
    best = timing.best("threads")
    means = (
        "Without a GIL, the threads ran Python code at the same time."
        + what_cores_do(timing, "threads")
        if timing.gained("threads")
        else f"There is no GIL to wait for{_no_gain(timing)}"
    )
    step = Step(
        title,
        did=f"Python {python.tag} made the same calls in pools of {NUMBERS} threads.",
        saw=f"They were at best {factor(best.speedup)} times as fast as one call after the other in"
        f" that Python ({_how_many(best, 'threads')})."
        f"{_alone(timing, here)} {timing.load.seen()}",
        means=means,
        exhibits=(chart(timing, ("threads",)),),
    )
    return _watched(step, timing, "threads", python), timing


def _alone(there: Timing, here: Timing) -> str:
    """What one thread pays; two moments of a busy machine cannot be compared."""
    if there.load.is_busy or here.load.is_busy:
        return ""
    longer = factor(there.serial_s() / here.serial_s())
    return f" One after the other, the calls took {longer} times as long there as here."


def _watched(step: Step, timing: Timing, strategy: str, python: Python | None) -> Step:
    """The step, and its workers over time."""
    executable = python.executable if python else ""
    lanes = workers.perform(strategy, timing.name, lambda *_: None, executable)
    exhibits = (*step.exhibits, *lanes.tracks)
    return replace(step, saw=f"{step.saw} {lanes.said}", exhibits=exhibits)


def _elsewhere(python: Python, strategy: str, here: Timing, listen: Listener) -> Timing | str:
    """Time the strategy in another Python; a text says why that was not possible."""
    sizes = {"fibonacci": here.sizes["fibonacci"]}
    cases = timings.curve_cases([strategy])
    try:
        return timings.time_cases(cases, sizes, listen, python.executable)
    except ChildFailed as error:
        return f"Python {python.tag} could not run this: {error}"


def figures(timing: Timing | None) -> dict[str, Any] | None:
    return None if timing is None else timing.data()
