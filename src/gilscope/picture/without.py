"""The other life of a recorded process: its lanes as they would have been without the GIL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.fold import Folded
from gilscope.picture.idle import IdlePaths
from gilscope.picture.rows import rows_of
from gilscope.picture.spans import NOTHING, STATES, Spans, joined, mixed, nothing, spans
from gilscope.picture.states import State
from gilscope.picture.turns import Life, taking_turns
from gilscope.predict.otherlife import other_life
from gilscope.predict.programs import AWAIT, BLOCK, COMPUTE, HOLD, STALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from gilscope.picture.lane import Lane
    from gilscope.picture.places import TracePlaces
    from gilscope.predict import Prediction
    from gilscope.predict.otherlife import OtherLife
    from gilscope.predict.prediction import Row
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]

MOST_SEGMENTS = 40_000
_STATE_OF = {HOLD: State.HOLD, STALL: State.HOLD, COMPUTE: State.COMPUTING, BLOCK: State.BLOCKED}


@dataclass(frozen=True, slots=True)
class OtherLane:
    """A lane of the other life. `pair`: which lane of the recording it is to be compared with.

    That has the same thread; or it is one of those that threads of the same group share, but not
    with the same ones: they share more lanes or fewer then, and None is for what is more. Times by
    the clock of the process.
    """

    name: str
    group: str | None
    pair: int | None
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Without:
    """`spans`: their lanes are `lanes`; HOLD is Python code that runs.

    `end_ns`: when it would have ended. Times are by the clock of the process. `exact_ns` as of a
    lane.
    """

    row: Row
    lanes: tuple[OtherLane, ...]
    spans: Spans
    end_ns: int
    exact_ns: int

    def folded(self, most: int) -> Without:
        """Return it with about `most` spans."""
        folded = Folded(most, self.exact_ns)
        folded.add(self.spans)
        return replace(self, spans=folded.finish(), exact_ns=folded.exact_ns)


def without(
    trace: Trace,
    prediction: Prediction | None,
    recorded: Mapping[int, Lane],
    places: TracePlaces,
) -> Without | None:
    """Return the replay without the GIL; `recorded` are the lanes of the process, by position."""
    life = None if prediction is None else other_life(trace, prediction)
    if life is None:
        return None
    lives = _lives(life)
    lanes, lane_of = _lanes(recorded, lives)
    lane = np.full(max([trace.largest_thread, *lane_of, *lives]) + 1, NOTHING, np.int64)
    lane[list(lane_of)] = list(lane_of.values())
    found = _spans(trace, life, lane[life.thread], places)
    found = _united(found.select(found.lane >= 0).in_order())
    made = Without(life.row, lanes, found, life.row.wall_ns, 0)
    return made.folded(MOST_SEGMENTS)


def _lives(life: OtherLife) -> dict[int, Life]:
    """From its first step to its last one each thread is there."""
    numbers, index = np.unique(life.thread, return_inverse=True)
    start = np.full(len(numbers), np.iinfo(np.int64).max)
    end = np.zeros(len(numbers), np.int64)
    np.minimum.at(start, index, life.begin_ns)
    np.maximum.at(end, index, life.end_ns)
    columns = (numbers.tolist(), start.tolist(), end.tolist())
    return {number: Life(number, *life) for number, *life in zip(*columns, strict=True)}


def _lanes(
    recorded: Mapping[int, Lane], lives: Mapping[int, Life]
) -> tuple[tuple[OtherLane, ...], dict[int, int]]:
    """Return the lanes, and which of them each thread has."""
    shared: dict[str, list[Life]] = defaultdict(list)
    pairs: dict[str, list[int]] = defaultdict(list)
    rows: list[tuple[str, str | None, int | None, list[int]]] = []
    for position, lane in recorded.items():
        there = [each for each in lane.threads if each in lives]
        if len(lane.threads) == 1 and there:
            rows.append((lane.name, lane.group, position, there))
        elif lane.group is not None:
            shared[lane.group] += [lives[each] for each in there]
            pairs[lane.group].append(position)
    for group, some in shared.items():
        for number, turn in enumerate(taking_turns(some)):
            pair = pairs[group][number] if number < len(pairs[group]) else None
            rows.append((f"{group} · {number + 1}", group, pair, turn))
    lane_of = {thread: index for index, row in enumerate(rows) for thread in row[3]}
    return tuple(
        OtherLane(
            name,
            group,
            pair,
            min(lives[each].start_ns for each in threads),
            max(lives[each].end_ns for each in threads),
        )
        for name, group, pair, threads in rows
    ), lane_of


def _spans(trace: Trace, life: OtherLife, lane: Ints, places: TracePlaces) -> Spans:
    place = _places(trace, life, places)
    awaits = np.flatnonzero(life.kind == AWAIT)
    wait = life.wait[awaits]
    idle = np.append(IdlePaths(trace).of_waits(life.waits), values=False)[wait]
    parts = [
        spans(
            lane[awaits],
            life.begin_ns[awaits],
            life.end_ns[awaits],
            np.where(idle, int(State.IDLE), int(State.LOCK)),
            place=place[awaits],
        )
    ]
    for kind, state in _STATE_OF.items():
        some = np.flatnonzero(life.kind == kind)
        length = life.end_ns[some] - life.begin_ns[some]
        shares = np.zeros((len(some), STATES))
        shares[:, state] = np.minimum(life.work_ns[some], length)
        shares[:, State.READY] = length - shares[:, state]
        parts.append(
            mixed(lane[some], life.begin_ns[some], life.end_ns[some], shares, place=place[some])
        )
    return joined(parts)


def _places(trace: Trace, life: OtherLife, places: TracePlaces) -> Ints:
    """The line that ran in the hold, or where the thread waited."""
    ran = np.concatenate([[NOTHING], *(rows.place for rows in rows_of(trace, places))])
    is_hold = (life.kind == HOLD) | (life.kind == STALL)
    place = np.where(is_hold, ran[np.clip(life.hold + 1, 0, len(ran) - 1)], NOTHING)
    waits = np.flatnonzero(life.wait >= 0)
    rows = life.wait[waits]
    for table in np.unique(life.waits.table[rows]).tolist():
        mine = life.waits.table[rows] == table
        place[waits[mine]] = places.of(table, life.waits.path[rows[mine]])
    return place


def _united(some: Spans) -> Spans:
    """Unite neighbours that are the same: nobody takes the GIL away between them."""
    if not len(some):
        return nothing()
    same = (some.lane[1:] == some.lane[:-1]) & (some.begin_ns[1:] == some.end_ns[:-1])
    same &= (some.state[1:] == some.state[:-1]) & (some.mix[1:] < 0) & (some.mix[:-1] < 0)
    same &= some.place[1:] == some.place[:-1]
    first = np.flatnonzero(np.append(True, ~same))
    last = np.append(first[1:], len(some)) - 1
    found = some.select(first)
    return Spans(
        found.lane,
        found.begin_ns,
        some.end_ns[last],
        found.state,
        found.place,
        found.culprit,
        found.mix,
        np.add.reduceat(some.count, first),
        found.parts,
    )
