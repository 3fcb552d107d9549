"""The orders in which two threads lose an update, and the proof that a lock leaves none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilscope.explore.results import Verdict
from gilscope.lab.kit import orders
from gilscope.lab.kit.exploring import NotExplored, explore
from gilscope.lab.kit.model import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.results import Exploration

FUNCTIONS = {"plain": "add", "call": "add_with_call", "locked": "add_with_lock"}
LABELS = {
    "plain": "counter += 1",
    "call": "counter = counter + one()",
    "locked": "that with a lock",
}
TITLES = {
    "plain": "The order that loses an update of `counter += 1`",
    "call": "The order that loses an update",
    "locked": "With a lock: every order",
}
COUNTER = "counter"
FAILS = "loses an update"


def perform() -> tuple[dict[str, Step], dict[str, Any] | None]:
    """The steps by the code that they are about, and the figures."""
    try:
        explored = explore("race", FUNCTIONS)
    except NotExplored as reason:
        return {name: Step(title, unavailable=str(reason)) for name, title in TITLES.items()}, None
    steps = {
        "plain": plain(explored["plain"]),
        "call": call(explored["call"]),
        "locked": locked(explored),
    }
    return steps, {name: orders.figures(each) for name, each in explored.items()}


def call(exploration: Exploration) -> Step:
    means = (
        "Both read the same old value, and the one that writes last undoes what the other did."
        " A run meets such an order by luck; a scheduler makes it come."
    )
    return Step(
        TITLES["call"],
        did="Two threads made one such update each, with the call in it, under a scheduler that"
        " says after each step which of them goes on. It tried one order after another: what"
        " `gilscope explore` does with a test.",
        saw=_seen(exploration),
        means=means if exploration.counterexample else _meaning_of_none(exploration),
        exhibits=_schedule(exploration, "call"),
    )


def plain(exploration: Exploration) -> Step:
    without = orders.verdict(exploration, with_gil=False)
    with_gil = orders.verdict(exploration, with_gil=True)
    if without is Verdict.FOUND and with_gil is Verdict.PROVEN:
        means = (
            "With the GIL, this version cannot switch between reading and writing: that is now"
            " more than a count that came out right. Without a GIL nothing keeps the threads apart."
        )
    elif exploration.counterexample:
        means = "Nothing keeps the threads apart between reading and writing."
    else:
        means = _meaning_of_none(exploration)
    return Step(
        TITLES["plain"],
        did="The same with `counter += 1`, without a GIL and with it: then threads change only at"
        " the marked instructions, and where one has to wait.",
        saw=_seen(exploration),
        means=means,
        exhibits=_schedule(exploration, "plain"),
    )


def locked(explored: Mapping[str, Exploration]) -> Step:
    exploration = explored["locked"]
    means = (
        "Counting can show that losses are rare. Trying every order proves that there are none,"
        " here for two threads with one update each."
    )
    proven = exploration.verdict is Verdict.PROVEN
    return Step(
        TITLES["locked"],
        did="The update with the call in it and a lock, in every order of two threads that can"
        " make a difference. The table has the others beside it.",
        saw=_seen(exploration),
        means=means if proven else _meaning_of_none(exploration),
        exhibits=(
            orders.table({LABELS[name]: each for name, each in explored.items()}),
            *_schedule(exploration, "locked"),
        ),
    )


def _seen(exploration: Exploration) -> str:
    return f"{orders.told(exploration, COUNTER)} {orders.worlds(exploration, FAILS)}".strip()


def _schedule(exploration: Exploration, name: str) -> tuple[Any, ...]:
    heading = f"two threads, `{LABELS[name]}`, time runs downwards"
    return orders.exhibits(exploration, heading, COUNTER)


def _meaning_of_none(exploration: Exploration) -> str:
    if exploration.verdict is Verdict.PROVEN:
        return "No order of these two threads loses an update."
    if exploration.counterexample:
        return "That should be impossible: please report it."
    return "Nothing is known, then: an order that was not tried may lose an update."
