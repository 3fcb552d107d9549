"""What a page shows of Fibonacci beside the words: questions, curves, lanes, and the code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.lab.fibonacci import curves, program, work
from gilscope.lab.fibonacci.timings import PAUSE_MS, PLURALS, TASKS, WORKERS, WORTH
from gilscope.lab.fibonacci.turns import THREADS
from gilscope.lab.kit import machine
from gilscope.lab.kit.code import code_of
from gilscope.lab.kit.pictures import Curve, Curves, Point, Question, Unit
from gilscope.words.numbers import chosen_seconds, factor, in_words, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.fibonacci.lanes import Lanes
    from gilscope.lab.fibonacci.timings import Timing
    from gilscope.lab.kit.model import Step

TIMES = ("not faster", "about twice as fast", "about four times as fast, or more")
BESIDE = (
    f"{in_words(THREADS).capitalize()} processes did the same after them, and looked at their CPU"
    " clocks: these show when each had a core. (Who has the GIL may have to wait for a core, too.)"
)
TWICE_TO = 3.0  # times as fast: above is nearer to four


def _times(timing: Timing, speedup: float) -> int | None:
    """Which of TIMES that is; times that are too uneven give no answer."""
    if timing.is_noisy:
        return None
    if speedup < WORTH:
        return 0
    return 1 if speedup < TWICE_TO else 2


def _doubt(timing: Timing) -> str:
    if not timing.is_noisy:
        return ""
    return " But the times are too uneven to tell: try again when the machine is idle."


def same_work(step: Step, here: Timing, watched: Sequence[Lanes]) -> Step:
    """`watched` are workers over time, where no recorded threads stand beside them."""
    step = _with_lanes(step, watched)
    four = next(each for each in here.curve("threads") if each.workers == THREADS)
    cores = machine.cores_in_words(here.load.cores)
    question = Question(
        f"{in_words(TASKS).capitalize()} calls that only compute, and {cores}. How much faster are"
        f" {in_words(THREADS)} threads than one call after the other?",
        TIMES,
        _times(here, four.speedup),
        f"{in_words(THREADS).capitalize()} threads were {factor(four.speedup)} times as fast."
        f"{_doubt(here)}",
    )
    lines = (_curve(here, "threads"), _curve(here, "processes"))
    code = curves.listing(here)
    return replace(step, question=question, pictures=(_picture(lines, here),), code=code)


def _curve(timing: Timing, strategy: str) -> Curve:
    points = tuple(
        Point(each.workers, each.speedup, f"{factor(each.speedup)} x")
        for each in timing.curve(strategy)
    )
    return Curve(f"{PLURALS[strategy]}, {timing.name}", points)


def _picture(lines: tuple[Curve, ...], here: Timing) -> Curves:
    cores = here.load.cores
    return Curves(
        heading="times as fast as one call after the other",
        across="workers",
        up="times as fast",
        unit=Unit.TIMES,
        curves=lines,
        ticks=tuple((each, str(each)) for each in WORKERS),
        x_mark=(cores, machine.cores_in_words(cores)) if cores <= max(WORKERS) else None,
    )


def _with_lanes(step: Step, watched: Sequence[Lanes]) -> Step:
    saw = " ".join([step.saw, *(each.said for each in watched)])
    tracks = (each for lanes in watched for each in lanes.tracks)
    return replace(step, saw=saw, exhibits=(*step.exhibits, *tracks))


def turns(step: Step, watched: Sequence[Lanes]) -> Step:
    if step.unavailable:
        return step
    question = Question(
        f"{in_words(THREADS).capitalize()} threads compute. How many of them run Python code at"
        " any moment?",
        ("all of them", "as many as there are cores", "one"),
        2,
        "The recording shows one holder of the GIL at any time.",
    )
    step = _with_lanes(replace(step, did=f"{step.did} {BESIDE}"), watched)
    return replace(step, question=question, code=code_of("what each thread runs", work.fibonacci))


def interpreters(step: Step, timing: Timing | None, here: Timing) -> Step:
    if timing is None:
        return step
    best = timing.best("interpreters").speedup
    question = Question(
        "Sub-interpreters are threads of one process, each with a GIL of its own. How much faster"
        " are they, at best?",
        TIMES,
        _times(timing, best),
        f"They were {factor(best)} times as fast.{_doubt(timing)}",
    )
    picture = _picture((_curve(here, "threads"), _curve(timing, "interpreters")), here)
    code = code_of("how the workers are made", program._pool)  # noqa: SLF001 - it is shown
    return replace(step, question=question, pictures=(picture,), code=code)


def free_threaded(step: Step, timing: Timing | None, here: Timing) -> Step:
    if timing is None:
        return step
    best = timing.best("threads").speedup
    question = Question(
        "The same code, the same threads, but a Python without a GIL. How much faster are they,"
        " at best?",
        TIMES,
        _times(timing, best),
        f"They were {factor(best)} times as fast as one call after the other.{_doubt(timing)}",
    )
    picture = _picture((_curve(here, "threads"), _curve(timing, "threads")), here)
    code = code_of("what ran", work.fibonacci)
    return replace(step, question=question, pictures=(picture,), code=code)


def waiting(step: Step, here: Timing) -> Step:
    serial_s, threads_s = here.serial_s("pause"), here.best("threads", "pause").wall_s
    pause_s = PAUSE_MS / 1000
    question = Question(
        f"{in_words(TASKS).capitalize()} times {chosen_seconds(pause_s)} of waiting, in"
        f" {in_words(TASKS)} threads with one GIL. How long does that take?",
        (
            f"as long as one after the other: {chosen_seconds(TASKS * pause_s)}",
            f"about as long as one of them: {chosen_seconds(pause_s)}",
        ),
        int(serial_s / threads_s >= 2.0),
        f"It took {seconds(threads_s)}.",
    )
    return replace(step, question=question, code=code_of("what ran", work.pause))


def native(step: Step, here: Timing) -> Step:
    gain = here.best("threads", "digest").speedup
    question = Question(
        "This computes, too, but in C. Are threads faster now?",
        ("no: there is still a GIL", "yes"),
        None if here.is_noisy else int(here.gained("threads", "digest")),
        f"They were {factor(gain)} times as fast.{_doubt(here)}",
    )
    return replace(step, question=question, code=code_of("what ran", work.digest))
