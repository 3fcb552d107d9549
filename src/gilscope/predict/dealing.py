"""Deal the tasks of pools out anew: each worker takes the next one when it has done one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.pools import pools, tasks_of
from gilscope.predict.programs import AWAIT, FETCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]


def dealt(trace: Trace, lives: Lives) -> Programs | None:
    """Return the programs with the tasks of pools in the order in which they were begun.

    Each still waits for whoever put it into the queue, if its worker did. None: there is no pool.
    """
    found = dealt_rows(trace, lives)
    return None if found is None else found[0]


def dealt_rows(trace: Trace, lives: Lives) -> tuple[Programs, Ints] | None:
    """Return them, and which step of `lives.programs` each step was; less than 0: none."""
    found, fetches = pools(trace, lives)
    forced = forced_ends(trace, lives)
    spans: dict[int, Ints] = {}
    by_pool = []
    for members in found:
        mine = {each: tasks_of(lives, each, fetches, forced) for each in members.tolist()}
        mine = {each: cuts for each, cuts in mine.items() if len(cuts) > 1}
        if sum(len(cuts) - 1 for cuts in mine.values()) > 1:
            spans |= mine
            by_pool.append((members, mine))
    return _assembled(lives, spans, by_pool, fetches) if by_pool else None


def forced_ends(trace: Trace, lives: Lives) -> npt.NDArray[np.bool_]:
    """By step: whether it is the last of a hold that another thread asked to end."""
    forced = np.append(lives.recorded.forced(trace), values=False)[lives.hold]
    last = np.concatenate([lives.hold[1:] != lives.hold[:-1], [True]])[: len(lives.hold)]
    of_last: npt.NDArray[np.bool_] = forced & last
    return of_last


def _assembled(
    lives: Lives,
    spans: dict[int, Ints],
    by_pool: list[tuple[Ints, dict[int, Ints]]],
    fetches: npt.NDArray[np.bool_],
) -> tuple[Programs, Ints]:
    """Threads keep what is before and after their tasks, which come behind all of that."""
    programs = replace(lives.programs, with_gil_ns=None)  # it is for replays without the GIL
    pool_of = {each: number for number, (members, _) in enumerate(by_pool) for each in members}
    parts: list[Ints] = []  # steps as they were; -1 - pool: a FETCH
    first = [0]
    for program in range(len(programs)):
        begin, end = int(programs.first[program]), int(programs.first[program + 1])
        own = np.arange(begin, end)
        if program in pool_of:
            # Who had no task would have taken one before it waited for its end.
            cuts = spans.get(program, np.array([begin + _idle_from(lives, program, fetches)] * 2))
            fetch = np.array([-1 - pool_of[program]], np.int64)
            own = np.concatenate([np.arange(begin, cuts[0]), fetch, np.arange(cuts[-1], end)])
        parts.append(own)
        first.append(first[-1] + len(own))
    task, pool = [first[-1]], [0]
    for _, mine in by_pool:
        for steps in _tasks(lives, mine, fetches):
            parts.append(steps)
            task.append(task[-1] + len(steps))
        pool.append(len(task) - 1)
    row = np.concatenate(parts)
    fetches_here = row < 0
    anew = replace(
        programs,
        first=np.array(first, np.int64),
        kind=np.where(fetches_here, FETCH, programs.kind[row]).astype(np.uint8),
        value=np.where(fetches_here, -1 - row, programs.value[row]),
        turn=programs.turn[row],
        pool=np.array(pool, np.int64),
        task=np.array(task, np.int64),
    )
    return anew, row


def _tasks(lives: Lives, mine: dict[int, Ints], fetches: npt.NDArray[np.bool_]) -> Iterator[Ints]:
    """Yield the steps of the tasks of a pool, in the order in which they were begun.

    Who found its task in the queue did not wait for it, but it was not there before the last one
    of which it is known who put it.
    """
    ranges = [pair for cuts in mine.values() for pair in itertools.pairwise(cuts.tolist())]
    ranges.sort(key=lambda pair: int(lives.begin_ns[pair[0]]))
    put = np.empty(0, np.int64)
    for begin, end in ranges:
        own, steps = _fetch(lives, begin, end, fetches), np.arange(begin, end)
        put = own if len(own) else put
        yield steps if len(own) else np.concatenate([put, steps])


def _fetch(lives: Lives, begin: int, end: int, fetches: npt.NDArray[np.bool_]) -> Ints:
    """Return the step of a task that waits for who put it; none if it was there."""
    kind, value = lives.programs.kind[begin:end], lives.programs.value[begin:end]
    of_wait = np.flatnonzero((kind == AWAIT) & (value < len(fetches)))
    own: Ints = begin + of_wait[fetches[value[of_wait]]][:1]
    return own


def _idle_from(lives: Lives, program: int, fetches: npt.NDArray[np.bool_]) -> int:
    """Return which step of a worker that had no task is its first wait for one; else the last."""
    begin, end = lives.programs.first[program : program + 2]
    kind, value = lives.programs.kind[begin:end], lives.programs.value[begin:end]
    of_wait = np.flatnonzero((kind == AWAIT) & (value < len(fetches)))
    idle = of_wait[fetches[value[of_wait]]]
    return int(idle[0]) if len(idle) else int(end - begin)
