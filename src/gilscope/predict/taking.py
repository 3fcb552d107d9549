"""Without the GIL, whoever comes first takes what is there: of queues, semaphores and the like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.found import GONE
from gilscope.predict.programs import AWAIT, BLOCK, GIVE, POST, TAKE

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives

    Ints = npt.NDArray[np.int64]


def first_come(lives: Lives, programs: Programs, row: Ints) -> Programs:
    """Let threads take what is there, and not what the same thread gave as in the recording.

    `row` says which step of `lives.programs` each step of `programs` was; less than 0: none. A step
    that is there again waits for what it waited for, and takes nothing.
    """
    streams = lives.streams
    if not len(streams.given):
        return programs
    kind, value = programs.kind.copy(), programs.value.copy()
    _, first = np.unique(row, return_index=True)
    is_first = np.zeros(len(row), np.bool_)
    is_first[first] = True
    for was, becomes, of_event in ((AWAIT, TAKE, streams.takes), (POST, GIVE, streams.gives)):
        steps = np.flatnonzero((programs.kind == was) & (row >= 0) & is_first)
        steps = steps[programs.value[steps] < len(of_event)]
        stream = of_event[programs.value[steps]]
        steps, stream = steps[stream >= 0], stream[stream >= 0]
        kind[steps], value[steps] = becomes, programs.events + stream
    gone = np.flatnonzero((programs.kind == AWAIT) & (row >= 0))
    gone = gone[programs.value[gone] < len(streams.takes)]
    gone = gone[streams.takes[programs.value[gone]] == GONE]
    kind[gone], value[gone] = BLOCK, 0
    given = np.concatenate([np.zeros(programs.events, np.int64), streams.given])
    return replace(programs, kind=kind, value=value, events=len(given), given=given)
