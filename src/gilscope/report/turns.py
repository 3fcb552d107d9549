"""The events of a schedule as turns of threads at lines, and long schedules made short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.explore.model import Event, Position

LONGEST_ROUND = 8  # turns that come again and again in the same order
LEAST_ROUNDS = 3
FIRST, LAST = 30, 40  # of a long schedule: its beginning, and what led to the failure


@dataclass(frozen=True, slots=True)
class Turn:
    """What a thread did at one line while no other came between."""

    thread: int
    position: Position
    events: tuple[Event, ...]
    after: int | None  # the thread that ran before, if that was another
    preemption: bool


def turns_of(events: Sequence[Event]) -> list[Turn]:
    turns: list[list[Event]] = []
    for event in events:
        last = turns[-1][-1] if turns else None
        same = last is not None and (last.thread, last.position) == (event.thread, event.position)
        if same and not event.switch:
            turns[-1].append(event)
        else:
            turns.append([event])
    befores = [None, *(turn[0].thread for turn in turns)]
    return [
        Turn(
            turn[0].thread,
            turn[0].position,
            tuple(turn),
            None if before == turn[0].thread else before,
            turn[0].preemption,
        )
        for before, turn in zip(befores, turns, strict=False)
    ]


def shortened(turns: Sequence[Turn]) -> list[Turn | str]:
    """Turns, and words where some were left out."""
    folded = _folded(turns)
    left_out = len(folded) - FIRST - LAST
    if left_out > 0:
        folded[FIRST:-LAST] = [f"… {left_out:,} turns are left out: --json has them all …"]
    return folded


def _folded(turns: Sequence[Turn]) -> list[Turn | str]:
    """Show what is repeated once: the rounds of a loop that never ends."""
    keys = [_key(turn) for turn in turns]
    shown: list[Turn | str] = []
    at = 0
    while at < len(turns):
        length, rounds = _rounds_at(keys, at)
        shown += turns[at : at + length]
        if rounds > 1:
            shown.append(f"… and the same again, {rounds - 1:,} times …")
        at += length * rounds
    return shown


def _rounds_at(keys: Sequence[object], at: int) -> tuple[int, int]:
    """How many turns make a round here, and how often in a row it comes."""
    for length in range(1, LONGEST_ROUND + 1):
        one, rounds = keys[at : at + length], 1
        while keys[at + rounds * length : at + (rounds + 1) * length] == one:
            rounds += 1
        if rounds >= LEAST_ROUNDS and len(one) == length:
            return length, rounds
    return 1, 1


def _key(turn: Turn) -> tuple[object, ...]:
    did = ((each.operation, each.target, each.value) for each in turn.events)
    return turn.thread, turn.position.file, turn.position.line, turn.preemption, *did
