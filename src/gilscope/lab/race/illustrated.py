"""What a page shows of the race beside the words: questions to predict, and the code that ran."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gilscope.lab.kit.code import code_of
from gilscope.lab.kit.pictures import Question
from gilscope.lab.race import program
from gilscope.words.numbers import in_words, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.lab.kit.model import Step

LOST = ("none", "some, less than 1 %", "1 % or more")
MANY = 0.01
UPDATES = {
    "plain": (program.add,),
    "call": (program.one, program.add_with_call),
    "locked": (program.one, program.add_with_lock),
}


def instructions(step: Step) -> Step:
    return replace(step, code=code_of("the function", program.add))


def with_call(step: Step) -> Step:
    return replace(step, code=code_of("the functions", program.one, program.add_with_call))


def counted(step: Step, found: Mapping[str, Mapping[str, int]]) -> Step:
    question = _how_many_lost("`counter = counter + one()`", found["call"])
    code = code_of("how it was counted", program.add, program.add_with_call, program.count_lost)
    return replace(step, question=question, code=code)


def _how_many_lost(what: str, row: Mapping[str, int]) -> Question:
    share = row["lost"] / row["updates"]
    threads = in_words(program.THREADS).capitalize()
    return Question(
        f"{threads} threads make {row['updates']:,} updates by {what}. How many are lost?",
        LOST,
        0 if not row["lost"] else 1 if share < MANY else 2,
        f"{row['lost']:,} were lost, {percent(share)}.",
    )


def checked(step: Step, found: Mapping[str, Mapping[str, int]]) -> Step:
    row = found["check"]
    question = Question(
        f"Two threads look for {row['keys']:,} keys, and make those that are not there. Does it"
        " happen that both make the same one?",
        ("never: the GIL keeps them apart", "yes"),
        int(row["made_again"] > 0),
        f"{row['made_again']:,} keys were made twice.",
    )
    code = code_of("what each thread runs", program.make, program.fill)
    return replace(step, question=question, code=code)


def free_threaded(step: Step, free: Mapping[str, Any] | None) -> Step:
    if free is None:
        return step
    question = _how_many_lost("`counter += 1`, without a GIL", free["found"]["plain"])
    code = code_of("the function", program.add)
    return replace(step, question=question, code=code)


def locked(step: Step) -> Step:
    code = code_of("with a lock", program.add_with_lock, program.fill_with_lock)
    return replace(step, code=code)


def order(step: Step, name: str) -> Step:
    """A step about all orders of two threads that make one such update each."""
    if step.unavailable:
        return step
    return replace(step, code=code_of("what was explored", *UPDATES[name], program.explored))
