"""Says in words what gilscope.explore found out about all orders of a program's threads."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from gilscope.explore.narration.sentences import joined, sentence
from gilscope.explore.results import Verdict
from gilscope.lab.kit.model import Interleaving, Table
from gilscope.words.text import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.results import Exploration, WorldResult

TEST = 0  # the thread that starts the others, and joins them
DID = {"read": "read", "write": "wrote"}
HEADINGS = ("code", "without a GIL", "with the GIL")


def told(exploration: Exploration, target: str) -> str:
    """`Thread 1 read 0, thread 2 read 0 and wrote 1, thread 1 wrote 1.`"""
    found = exploration.counterexample
    if found is None:
        return ""
    events = [
        each
        for each in found.events
        if each.thread != TEST and each.target == target and each.operation in DID
    ]
    turns = []
    for thread, group in groupby(events, lambda each: each.thread):
        did = [f"{DID[each.operation]} {each.value}" for each in group]
        turns.append(f"{found.threads[thread]} {listed(did)}")
    sentence = ", ".join(turns)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""


def worlds(exploration: Exploration, fails: str) -> str:
    """Where an order exists that `loses an update`, where there is none, where neither is known."""
    there = [_place(each) for each in exploration.worlds if each.verdict is Verdict.FOUND]
    sentences = [f"Such an order exists {listed(there)}."] if there else []
    for each in exploration.worlds:
        place = _place(each)
        begin = f"{place[0].upper()}{place[1:]}"
        if each.verdict is Verdict.PROVEN and not each.executions:
            sentences.append(f"So none does {place}: there are fewer orders there.")
        elif each.verdict is Verdict.PROVEN:
            sentences.append(
                f"{begin} no order {fails}: all that can make a difference were tried, in"
                f" {each.executions:,} executions."
            )
        elif each.verdict is Verdict.NOT_PROVEN:
            why = joined(each.reasons)
            sentences.append(f"{begin} none was found that {fails}. That proves nothing: {why}.")
    return " ".join(sentences)


def _place(world: WorldResult) -> str:
    if not has_gil(world):
        return "without a GIL"
    return f"with the GIL as Python {world.world.removeprefix('gil-')} switches threads"


def has_gil(world: WorldResult) -> bool:
    return world.world.startswith("gil-")


def verdict(exploration: Exploration, *, with_gil: bool) -> Verdict:
    """What is known of one world; nothing is, where it was not explored."""
    found = (each.verdict for each in exploration.worlds if has_gil(each) is with_gil)
    return next(found, Verdict.NOT_PROVEN)


def exhibits(exploration: Exploration, heading: str, watched: str) -> tuple[Interleaving, ...]:
    """The failing schedule, if there is one; `watched` is what the threads share."""
    if exploration.counterexample is None:
        return ()
    return (Interleaving(heading, exploration, watched),)


def table(explorations: Mapping[str, Exploration]) -> Table:
    """One row per code, under its label."""
    rows = []
    for label, exploration in explorations.items():
        cells = {has_gil(each): _cell(each) for each in exploration.worlds}
        rows.append((label, cells.get(False, ""), cells.get(True, "")))
    return Table(HEADINGS, tuple(rows))


def _cell(world: WorldResult) -> str:
    tried = f"{world.executions:,} tried" if world.executions else "fewer orders"
    return f"{world.verdict.value} ({tried})"


def figures(exploration: Exploration) -> dict[str, Any]:
    found = exploration.counterexample
    return {
        "verdict": exploration.verdict.value,
        "worlds": [
            {
                "world": each.world,
                "verdict": each.verdict.value,
                "executions": each.executions,
                "seconds": each.seconds,
                "elapsed_s": each.seconds,  # the older name: docs/reference/lab-json.md
                "reasons": [sentence(reason) for reason in each.reasons],
            }
            for each in exploration.worlds
        ],
        "preemptions": None if found is None else found.preemptions,
        "assumptions": [sentence(each) for each in exploration.assumptions],
    }
