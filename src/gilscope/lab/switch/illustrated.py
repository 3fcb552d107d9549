"""What a page shows of the switch interval beside the words: questions, curves, and the code."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.lab.kit.code import code_of
from gilscope.lab.kit.pictures import Curve, Curves, Point, Question, Unit
from gilscope.lab.switch import program
from gilscope.words.numbers import chosen_seconds, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.kit.model import Step
    from gilscope.lab.switch.beside import Beside

LATE_S = (0.0001, 0.001, 0.005, 0.02)
SPEEDS = ("as fast as alone, within 5 %", "a little slower", "less than three quarters as fast")


def late(step: Step, default: Beside) -> Step:
    nearest = min(LATE_S, key=lambda each: abs(math.log(each / max(default.late_s, 1e-6))))
    question = Question(
        "A thread sleeps 1 ms, again and again, and another one computes. How late does the sleeper"
        " run again?",
        tuple(f"about {chosen_seconds(each)}" for each in LATE_S),
        LATE_S.index(nearest),
        f"It was {seconds(default.late_s)} late (the median).",
    )
    code = code_of("the two threads", program.compute, program.wake_up)
    return replace(step, question=question, code=code)


def convoy(step: Step) -> Step:
    if step.unavailable:
        return step
    return replace(step, code=code_of("what ran", program.compute, program.wake_up))


def latency(step: Step, rows: Sequence[Beside]) -> Step:
    first, last = rows[0], rows[-1]
    question = Question(
        f"With an interval of {chosen_seconds(last.interval_s)} in place of"
        f" {chosen_seconds(first.interval_s)}, how late is the sleeper?",
        ("as late as before", "later, but less than ten times", "ten times as late, or more"),
        0 if last.late_s < 1.5 * first.late_s else 1 + (last.late_s >= 10 * first.late_s),
        f"It was {seconds(first.late_s)} late before, and {seconds(last.late_s)} then.",
    )
    median = [Point(each.interval_s, each.late_s, seconds(each.late_s)) for each in rows]
    worst = [Point(each.interval_s, each.longest_s, seconds(each.longest_s)) for each in rows]
    picture = Curves(
        heading="how late the sleeper was",
        across="switch interval",
        up="late by",
        unit=Unit.SECONDS,
        curves=(Curve("median", tuple(median)), Curve("at worst", tuple(worst))),
        ticks=_ticks(rows),
        is_log_y=True,
    )
    code = code_of("what was measured", program.observe)
    return replace(step, question=question, pictures=(picture,), code=code)


def throughput(step: Step, rows: Sequence[Beside]) -> Step:
    first = rows[0]
    speed = first.speed
    question = Question(
        f"Turns of {chosen_seconds(first.interval_s)}: how fast is the thread that computes?",
        SPEEDS,
        0 if speed >= 0.95 else 1 if speed >= 0.75 else 2,
        f"It ran at {percent(speed)} of its speed alone.",
    )
    points = tuple(Point(each.interval_s, each.speed, percent(each.speed)) for each in rows)
    picture = Curves(
        heading="speed of the thread that computes, alone = 100 %",
        across="switch interval",
        up="speed",
        unit=Unit.FRACTION,
        curves=(Curve("beside the sleeper", points),),
        ticks=_ticks(rows),
    )
    code = code_of("what was measured", program.compute)
    return replace(step, question=question, pictures=(picture,), code=code)


def _ticks(rows: Sequence[Beside]) -> tuple[tuple[float, str], ...]:
    return tuple((each.interval_s, chosen_seconds(each.interval_s)) for each in rows)
