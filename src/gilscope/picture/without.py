"""The other life of a recorded process: its lanes as they would have been without the GIL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.fold import Folded
from gilscope.picture.rows import rows_of
from gilscope.picture.spans import NOTHING, STATES, Spans, joined, mixed, nothing, spans
from gilscope.picture.states import State
from gilscope.predict.otherlife import other_life
from gilscope.predict.programs import AWAIT, BLOCK, COMPUTE, HOLD, STALL

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from gilscope.picture.places import TracePlaces
    from gilscope.predict import Prediction
    from gilscope.predict.otherlife import OtherLife
    from gilscope.predict.prediction import Row
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]

MOST_SEGMENTS = 40_000
_STATE_OF = {HOLD: State.HOLD, STALL: State.HOLD, COMPUTE: State.COMPUTING, BLOCK: State.BLOCKED}


@dataclass(frozen=True, slots=True)
class Without:
    """`spans`: lanes are those of the recorded threads; HOLD is Python code that runs.

    `end_ns`: when it would have ended. Times are by the clock of the process. `exact_ns` as of a
    lane.
    """

    row: Row
    spans: Spans
    end_ns: int
    exact_ns: int

    def folded(self, most: int) -> Without:
        """Return it with about `most` spans."""
        folded = Folded(most, self.exact_ns)
        folded.add(self.spans)
        return replace(self, spans=folded.finish(), exact_ns=folded.exact_ns)


def without(
    trace: Trace, prediction: Prediction | None, lanes: Mapping[int, int], places: TracePlaces
) -> Without | None:
    """Return the replay without the GIL, of threads that have a lane (by their numbers)."""
    life = None if prediction is None else other_life(trace, prediction)
    if life is None:
        return None
    size = max([trace.largest_thread, *lanes]) + 1
    lane = np.full(size, NOTHING, np.int64)
    lane[list(lanes)] = list(lanes.values())
    found = _spans(trace, life, lane[life.thread], places)
    found = _united(found.select(found.lane >= 0).in_order())
    return Without(life.row, found, life.row.wall_ns, 0).folded(MOST_SEGMENTS)


def _spans(trace: Trace, life: OtherLife, lane: Ints, places: TracePlaces) -> Spans:
    place = _places(trace, life, places)
    awaits = np.flatnonzero(life.kind == AWAIT)
    parts = [
        spans(
            lane[awaits],
            life.begin_ns[awaits],
            life.end_ns[awaits],
            State.LOCK,
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
