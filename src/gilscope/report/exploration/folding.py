"""Which turns of a failing schedule are shown, so that it fits on a screen where that is possible.

Kept longest is what decided, and how threads that failed ended. Then come both sides of
preemptions, then those of other switches.
"""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from itertools import groupby
from typing import TYPE_CHECKING

from gilscope.report.exploration.turns import (
    Folded,
    ScheduleRow,
    Turn,
    operations_of,
    repeated_once,
    shortened,
    turns_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.explore.results import Event, Failure

MOST_LINES = 32  # of a schedule: a screen has the verdict to show, too
LEAST_FOLDED = 3  # turns in a row, before fewer are folded


class Worth(IntEnum):
    """What is lost if a turn is not shown."""

    LITTLE = 0  # touches nothing that the failure depends on
    SIDE = 1  # of a switch
    PREEMPTION = 2  # a side of one
    DECISIVE = 3


# From the mildest to the strongest: what is worth showing, and how many turns are folded at least.
FOLDINGS = (
    (Worth.LITTLE, 1),
    (Worth.SIDE, LEAST_FOLDED),
    (Worth.SIDE, 1),
    (Worth.PREEMPTION, 1),
)


def rows_of(
    events: Sequence[Event], failure: Failure, *, all_steps: bool = False
) -> list[ScheduleRow]:
    """Turns, and what stands for those that are left out."""
    turns = turns_of(events)
    if all_steps:
        return list(turns)
    return shortened(repeated_once(_folded(turns, failure)))


def folded_events(events: Sequence[Event], failure: Failure) -> set[int]:
    """The indices of events of which a report says only how many they are."""
    shown = [row for row in _folded(turns_of(events), failure) if isinstance(row, Turn)]
    left = {turn.first + number for turn in shown for number in range(len(turn.events))}
    return set(range(len(events))) - left


def _folded(turns: Sequence[Turn], failure: Failure) -> list[ScheduleRow]:
    """No more than it takes to fit on a screen."""
    worths = worths_of(turns, failure)
    rows: list[ScheduleRow] = []
    for wanted, least in FOLDINGS:
        rows = list(_with_folds(turns, [worth >= wanted for worth in worths], least))
        if sum(map(height, repeated_once(rows))) <= MOST_LINES:
            break
    return rows


def height(row: ScheduleRow) -> int:
    """Lines that a row takes."""
    if isinstance(row, str):
        return 1
    switch = row.after is not None
    return switch + (1 + len(operations_of(row)) if isinstance(row, Turn) else 1)


def worths_of(turns: Sequence[Turn], failure: Failure) -> list[Worth]:
    worths = [Worth.LITTLE] * len(turns)
    for at, turn in enumerate(turns):
        if turn.after is not None:
            side = Worth.PREEMPTION if turn.preemption else Worth.SIDE
            worths[at] = max(worths[at], side)
            worths[at - 1] = max(worths[at - 1], side)
        if any(event.decisive for event in turn.events):
            worths[at] = Worth.DECISIVE
    for at in _last_turns(turns, failure):
        worths[at] = Worth.DECISIVE
    return worths


def _last_turns(turns: Sequence[Turn], failure: Failure) -> Iterator[int]:
    """Of the threads that failed."""
    last = {turn.thread: at for at, turn in enumerate(turns)}
    for thread in (failure.thread, *(each.thread for each in failure.blocked)):
        if thread in last:
            yield last[thread]


def _with_folds(turns: Sequence[Turn], kept: Sequence[bool], least: int) -> Iterator[ScheduleRow]:
    last: int | None = None  # the thread of the last row, unless that is of several
    for is_kept, numbers in groupby(range(len(turns)), kept.__getitem__):
        group = [turns[number] for number in numbers]
        threads = {turn.thread for turn in group}
        if is_kept or (len(group) < least and len(threads) == 1):
            first = group[0]
            came_after = last if last != first.thread else None
            group[0] = replace(first, after=came_after, preemption=_still(first, came_after))
            yield from group
            last = group[-1].thread
            continue
        thread = threads.pop() if len(threads) == 1 else None
        came_after = last if thread not in (None, last) else None
        steps = sum(len(turn.events) for turn in group)
        yield Folded(thread, steps, came_after, _still(group[0], came_after))
        last = thread if thread is not None else last


def _still(turn: Turn, after: int | None) -> bool:
    """Whether it is a preemption of the thread that is now shown before it."""
    return turn.preemption and turn.after == after
