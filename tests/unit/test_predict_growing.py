"""Who starts a thread for which the interpreter has no room waits for calls that keep on."""

from __future__ import annotations

import numpy as np
import pytest

from gilscope.predict.growing import ROOM, with_stops
from gilscope.predict.programs import AWAIT, HOLD, POST, STALL, Programs, Rules, wall_ns

MS = 1_000_000


def started(count: int, kind: int) -> Programs:
    """One starts some, 1 ms each; each works for 40 ms, and is joined."""
    main = [step for each in range(count) for step in ((HOLD, MS), (POST, each))]
    main += [(AWAIT, count + each) for each in range(count)]
    threads = [
        main,
        *([(AWAIT, each), (kind, 40 * MS), (POST, count + each)] for each in range(count)),
    ]
    steps = [step for thread in threads for step in thread]
    return Programs(
        np.cumsum([0, *map(len, threads)]),
        np.array([kind for kind, _ in steps], np.uint8),
        np.array([value for _, value in steps], np.int64),
        np.zeros(len(steps), np.uint32),
        2 * count,
    )


@pytest.mark.parametrize(
    ("count", "kind", "wall_ms"),
    [
        (ROOM - 1, STALL, 47),  # with the one that starts them there is room for all
        (ROOM, STALL, 47 + 40),  # the last is started when the one before it is done
        (ROOM, HOLD, 48),  # what runs Python stops where it is
        (2 * ROOM, STALL, 47 + 8 + 40),  # those before have ended then, and made room
    ],
)
def test_what_it_takes(count: int, kind: int, wall_ms: float) -> None:
    took_ns = wall_ns(with_stops(started(count, kind), 1 + count), Rules(gil=False))
    assert took_ns == wall_ms * MS


def test_who_ended_makes_room() -> None:
    """Each works for less than it takes to start the next one."""
    programs = started(3 * ROOM, STALL)
    short = np.where(programs.kind == STALL, MS // 2, programs.value)
    programs = Programs(programs.first, programs.kind, short, programs.turn, programs.events)
    stopped = with_stops(programs, len(programs))
    assert wall_ns(stopped, Rules(gil=False)) == 3 * ROOM * MS + MS // 2


def test_who_is_there_besides_does_not_count() -> None:
    programs = started(ROOM, STALL)
    assert wall_ns(with_stops(programs, ROOM), Rules(gil=False)) == 48 * MS
