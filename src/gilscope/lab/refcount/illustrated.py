"""What a page shows of reference counts beside the words: questions, walks, curves, the code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.lab.kit.code import code_of
from gilscope.lab.kit.model import Listing
from gilscope.lab.kit.pictures import Curve, Curves, Point, Question, Stop, Unit, Walk
from gilscope.lab.refcount import measure, program, walk
from gilscope.lab.refcount.costs import LABELS
from gilscope.lab.refcount.measure import WAYS
from gilscope.words.numbers import counted, factor, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.kit.model import Step
    from gilscope.lab.refcount.measure import Measured
    from gilscope.lab.refcount.walk import Moment, Notebook

SHELF = "shelf = ["
OF_LIST = (0, 1, 3)  # by how much a list with the object in three places may raise its count
MANY = 0.01
IN_C = "in C below this: native/lab/refcount.c"


def comings_and_goings(step: Step, life: Notebook) -> Step:
    change = _change_by(life.moments, SHELF)
    question = Question(
        "`shelf = [thing, thing, thing]` puts one object into a list, three times. By how much does"
        " its reference count rise?",
        tuple(map(str, OF_LIST)),
        OF_LIST.index(change) if change in OF_LIST else None,
        f"It rose by {change}.",
    )
    return _walked(replace(step, question=question), life)


def _change_by(moments: Sequence[Moment], line: str) -> int:
    at = next(i for i, each in enumerate(moments) if each.code and each.code[0].startswith(line))
    return (moments[at].count or 0) - (moments[at - 1].count or 0)


def end_of_life(step: Step, life: Notebook) -> Step:
    by = life.freed_by
    question = Question(
        "`del thing` removes the last name of the object. When is it freed?",
        ("by that very line", "when the garbage collector runs next", "when the program ends"),
        0 if by else None,
        f"It was freed while `{by}` was running." if by else "It was not freed by that line.",
    )
    return replace(step, question=question)


def cycle(step: Step, notebook: Notebook) -> Step:
    gone = notebook.moments[-2].freed
    question = Question(
        "An object refers to itself; then its only name goes. Is the object freed at once?",
        ("yes", "no"),
        int(not gone),
        "It was gone." if gone else "It was still there.",
    )
    return _walked(replace(step, question=question), notebook)


def _walked(step: Step, notebook: Notebook) -> Step:
    moments = notebook.moments
    picture = Walk("the object, and what refers to it", stops(moments))
    lines = tuple(line for each in moments for line in each.code)
    code = Listing("the code that ran", lines)
    return replace(step, pictures=(picture,), code=code)


def stops(moments: Sequence[Moment]) -> tuple[Stop, ...]:
    """What is beyond the references in the code is `sys.getrefcount`'s own; a single name tells."""
    own = (moments[0].count or 0) - len(moments[0].references)  # no weak one is there yet
    return tuple(_stop(each, own) for each in moments)


def _stop(moment: Moment, own: int) -> Stop:
    uncounted = tuple(each for each in moment.references if each == walk.WEAK)
    counted_ones = tuple(each for each in moment.references if each != walk.WEAK)
    beyond = 0 if moment.count is None else moment.count - len(counted_ones)
    if beyond == own - 1 and walk.ARGUMENT in counted_ones:
        # From 3.14 on, an argument is lent: it refers to the object, and is not counted.
        counted_ones = tuple(each for each in counted_ones if each != walk.ARGUMENT)
        uncounted = (*uncounted, walk.ARGUMENT)
        beyond = own
    others = ""
    if beyond == 1 == own:
        others = "getrefcount itself"
    elif beyond:
        others = f"{beyond:+,} beyond these"
    return Stop(
        moment.code, moment.what, moment.count, moment.freed, counted_ones, uncounted, others
    )


def lost(step: Step, measured: Measured) -> Step:
    worst = max((each for each in measured.lost if each.way == "plain"), key=lambda row: row.lost)
    share = worst.lost / worst.updates
    question = Question(
        f"{worst.threads} threads add 1 to a count, {worst.updates:,} times in all, without any"
        " lock. How many of these are lost?",
        ("none", "some, less than 1 %", "1 % or more"),
        0 if not worst.lost else 1 if share < MANY else 2,
        f"{worst.lost:,} were lost, {percent(share)}.",
    )
    code = code_of(IN_C, measure.search)
    return replace(step, question=question, code=code)


def deaths(step: Step, measured: Measured) -> Step:
    seen = measured.deaths
    question = Question(
        "The creator of an object keeps its reference. Other threads take one and give it up, each"
        " by plain updates. Can the count come down to 0?",
        ("no: the creator's reference is always there", "yes"),
        int(seen.deadly_runs > 0),
        f"It did so in {seen.deadly_runs} of {seen.runs} runs.",
    )
    return replace(step, question=question, code=code_of(IN_C, measure.kill))


def order(step: Step, name: str) -> Step:
    """A step about all orders of two threads that borrow one object."""
    if step.unavailable:
        return step
    borrow = program.borrow if name == "unprotected" else program.borrow_with_lock
    pieces = (program.Thing, program.take, program.use, program.give_up, borrow)
    return replace(step, code=code_of("the model that was explored", *pieces))


def alone(step: Step, measured: Measured) -> Step:
    ratio = measured.price_ns("atomic") / measured.price_ns("plain")
    question = Question(
        "An atomic update is one that no other core can divide. What does it cost a single thread,"
        " beside a plain one?",
        ("about as much", "up to five times as much", "more than five times as much"),
        0 if ratio < 1.3 else 1 if ratio <= 5 else 2,
        f"It cost {factor(ratio)} times as much.",
    )
    return replace(step, question=question, code=code_of(IN_C, measure._price))  # noqa: SLF001


def together(step: Step, measured: Measured) -> Step:
    counts = measured.thread_counts
    curves = tuple(
        Curve(
            LABELS[way],
            tuple(
                Point(
                    n, measured.price_ns(way, n) * 1e-9, seconds(measured.price_ns(way, n) * 1e-9)
                )
                for n in counts
            ),
        )
        for way in WAYS
    )
    picture = Curves(
        heading="the time from one update to the next",
        across="threads that share one object",
        up="time per update",
        unit=Unit.SECONDS,
        curves=curves,
        ticks=tuple((n, counted(n, "thread")) for n in counts),
        is_log_y=True,
    )
    return replace(step, pictures=(picture,), code=code_of(IN_C, measure._prices))  # noqa: SLF001


def bias(step: Step) -> Step:
    return replace(step, code=code_of(IN_C, measure._bias))  # noqa: SLF001 - it is shown
