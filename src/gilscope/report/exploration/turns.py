"""The events of a schedule as turns of threads at lines, and long schedules made short."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.explore.facts import Position
    from gilscope.explore.results import Event

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
    first: int  # the index of its first event


@dataclass(frozen=True, slots=True)
class Folded:
    """Turns that are not shown. `thread` is None if they are of several."""

    thread: int | None
    steps: int
    after: int | None = None  # as of the first of them
    preemption: bool = False


ScheduleRow = Turn | Folded | str


def turns_of(events: Sequence[Event]) -> list[Turn]:
    turns: list[list[Event]] = []
    firsts: list[int] = []
    for index, event in enumerate(events):
        last = turns[-1][-1] if turns else None
        same = last is not None and (last.thread, last.position) == (event.thread, event.position)
        if same and not event.switch:
            turns[-1].append(event)
        else:
            turns.append([event])
            firsts.append(index)
    befores = [None, *(turn[0].thread for turn in turns)]
    return [
        Turn(
            turn[0].thread,
            turn[0].position,
            tuple(turn),
            None if before == turn[0].thread else before,
            turn[0].preemption,
            first,
        )
        for before, turn, first in zip(befores, turns, firsts, strict=False)
    ]


@dataclass(frozen=True, slots=True)
class Operation:
    """A line of its own, below the line of source."""

    event: Event
    times: int = 1  # that it comes in a row
    decisive: bool = False
    inside: bool = False  # what a call of the library did there, if that was decisive


def operations_of(turn: Turn) -> list[Operation]:
    """A call of the library is one operation, whatever it does inside, but for what decided."""
    decisive = {_call(each) for each in turn.events if each.inside is not None and each.decisive}
    shown: list[Operation] = []
    last = None
    for _, group in groupby(turn.events, _said_of):
        same = list(group)
        event = same[0]
        if event.inside is None:
            shown.append(Operation(event, len(same), event.decisive))
            continue
        if _call(event) != last:
            last = _call(event)
            shown.append(Operation(event, 1, last in decisive))
        if event.decisive:
            shown.append(Operation(event, len(same), inside=True))
    return shown


def _call(event: Event) -> tuple[str, str]:
    return event.operation, event.target


def _said_of(event: Event) -> tuple[object, ...]:
    if event.inside is not None and not event.decisive:
        return _call(event)
    words = event.operation, event.target, event.value, event.before, event.decisive
    return *words, event.inside


def shortened(rows: Sequence[ScheduleRow]) -> list[ScheduleRow]:
    """Without the middle, and words for it, if there is still too much."""
    left_out = len(rows) - FIRST - LAST
    if left_out <= 0:
        return list(rows)
    words = f"… {numbers.whole(left_out)} turns are left out: --json has them all …"
    return [*rows[:FIRST], words, *rows[-LAST:]]


def repeated_once(rows: Sequence[ScheduleRow]) -> list[ScheduleRow]:
    """Show what is repeated once: the rounds of a loop that never ends."""
    keys = [_key(row) for row in rows]
    shown: list[ScheduleRow] = []
    at = 0
    while at < len(rows):
        length, rounds = _rounds_at(keys, at)
        shown += rows[at : at + length]
        if rounds > 1:
            shown.append(f"… and the same again, {numbers.whole(rounds - 1)} times …")
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


def _key(row: ScheduleRow) -> object:
    if not isinstance(row, Turn):
        return row
    did = (_said_of(each) for each in row.events)
    return row.thread, row.position.file, row.position.line, row.preemption, *did
