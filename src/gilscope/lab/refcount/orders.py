"""The order in which an object is freed while it is in use, and the proof that a lock leaves none.

What is explored is a model in Python of what the interpreter does in C: program.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.explore.results import Verdict
from gilscope.lab.kit import orders
from gilscope.lab.kit.exploring import NotExplored, explore
from gilscope.lab.kit.model import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.results import Exploration

FUNCTIONS = {"unprotected": "borrow", "locked": "borrow_with_lock"}
LABELS = {"unprotected": "plain updates", "locked": "a lock for every update"}
TITLES = {"unprotected": "The order in which it happens", "locked": "Under a lock: every order"}
COUNT = "thing.count"
FAILS = "frees the object too early"


def perform() -> tuple[dict[str, Step], dict[str, Any] | None]:
    """The steps by the way of counting that they are about, and the figures."""
    try:
        explored = explore("refcount", FUNCTIONS)
    except NotExplored as reason:
        return {name: Step(title, unavailable=str(reason)) for name, title in TITLES.items()}, None
    steps = {"unprotected": unprotected(explored["unprotected"]), "locked": locked(explored)}
    return steps, {name: orders.figures(each) for name, each in explored.items()}


def unprotected(exploration: Exploration) -> Step:
    heading = "two threads, one object that its creator still refers to, time runs downwards"
    if exploration.counterexample:
        saw = f"The count began at 1, the creator's reference. {orders.told(exploration, COUNT)}"
        means = (
            "A write of an old value, plus or minus 1, undid what the other thread had counted. So"
            " the count came down to 0 with a reference left, and the object was freed: the"
            " creator then uses memory that may be somebody else's."
        )
    else:
        saw = orders.worlds(exploration, FAILS)
        means = "Nothing is known, then: an order that was not tried may free the object."
    return Step(
        title=TITLES["unprotected"],
        did="Two threads each took a reference, used the object and gave the reference up, in a"
        " model in Python, without a GIL. `gilscope explore` decided after each step which thread"
        " goes on, and tried one order after another.",
        saw=saw,
        means=means,
        exhibits=orders.exhibits(exploration, heading, COUNT),
    )


def locked(explored: Mapping[str, Exploration]) -> Step:
    exploration = explored["locked"]
    proven = exploration.verdict is Verdict.PROVEN
    means = (
        "Whoever has the lock is alone between reading the count and writing it, so the count is"
        " always right, and the object lives as long as it is in use."
        if proven
        else "Nothing is proven, then."
    )
    plain = explored["unprotected"]
    if proven and orders.verdict(plain, with_gil=True) is Verdict.PROVEN:
        means += (
            " The GIL is such a lock, kept for more than one update: with it, the plain updates of"
            " this model are safe, too."
        )
    return Step(
        title=TITLES["locked"],
        did="The same model with a lock around every update of the count, in every order of two"
        " threads that can make a difference. The table has the plain updates beside it.",
        saw=orders.worlds(exploration, FAILS),
        means=means,
        exhibits=(
            orders.table({LABELS[name]: each for name, each in explored.items()}),
            *orders.exhibits(exploration, "the order that failed", COUNT),
        ),
    )
