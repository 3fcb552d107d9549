"""What starting many threads costs without the GIL: the interpreter stops all of them for it.

A free-threaded interpreter keeps a table of its threads, with room for eight at first, and twice as
many each time that it is full. It stops all threads to make it longer, and waits for calls into C
that do not let go: so who starts the ninth thread waits until such calls are over.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.joining import inserted
from gilscope.predict.programs import AWAIT, BLOCK, POST, STALL, Programs, Rules, schedule

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

ROOM = 8


def with_stops(programs: Programs, threads: int) -> Programs:
    """Let who starts a thread for which there is no room wait for calls that go on then.

    The others are not stopped in this: what runs Python is, for as long. Only the first `threads`
    count: workers that are there besides stand for others, which have nothing to do.
    """
    programs = replace(programs, with_gil_ns=None)  # it is for replays without the GIL
    room = ROOM
    while threads > room:
        step, wait_ns = _first_stop(programs, threads, room)
        if step < 0:
            break
        if wait_ns > 0:
            place = np.array([step], np.int64)
            row = np.arange(len(programs.kind))
            programs, _ = inserted(programs, row, place, [BLOCK], [wait_ns], programs.events)
        room *= 2
    return programs


def _first_stop(programs: Programs, threads: int, room: int) -> tuple[int, int]:
    """Return the step that starts the first thread beyond `room`, and how long it waits; -1: none.

    Who has no starter is there from the beginning.
    """
    done = schedule(programs, Rules(gil=False))
    own = np.arange(programs.first[-1])
    posts = own[programs.kind[own] == POST]
    by_event = dict(zip(programs.value[posts].tolist(), posts.tolist(), strict=True))
    starts = np.full(threads, -1)
    for each, first in enumerate(programs.first[:threads].tolist()):
        if first < programs.first[each + 1] and programs.kind[first] == AWAIT:
            starts[each] = by_event.get(int(programs.value[first]), -1)
    began_ns = np.where(starts >= 0, done.begin_ns[starts], 0)
    ended_ns = np.full(len(programs), 0)
    known = done.thread >= 0
    np.maximum.at(ended_ns, done.thread[known], done.end_ns[known])
    ended_ns = ended_ns[:threads]
    for each in np.argsort(began_ns, kind="stable").tolist():
        at_ns = began_ns[each]
        alive = (began_ns <= at_ns) & (ended_ns > at_ns)
        if starts[each] < 0 or int(alive.sum()) <= room:
            continue
        goes_on = (programs.kind == STALL) & (done.begin_ns <= at_ns) & (done.end_ns > at_ns)
        goes_on &= done.thread != each
        until_ns = int(done.end_ns[goes_on].max(initial=at_ns))
        return int(starts[each]), until_ns - int(at_ns)
    return -1, 0
