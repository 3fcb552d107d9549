"""Who joins one worker of a pool joins the others, too, whoever has done the last task.

In a recording some workers have ended before anybody joins them, and others are there only where
tasks are dealt out anew. Nobody waits for these; but then one of them may be the last.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.programs import AWAIT, HOLD, POST, STALL

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives

    Ints = npt.NDArray[np.int64]


def with_all_joined(
    lives: Lives, programs: Programs, row: Ints, pools: list[list[int]]
) -> tuple[Programs, Ints]:
    """Let who joins one worker join all; `pools`: by pool, the programs of its workers.

    `row` says which step of `lives.programs` each step was; -1: none, as of those that are added.
    """
    places: list[int] = []
    kinds: list[int] = []
    values: list[int] = []
    event = programs.events
    for workers in pools:
        joins = _joins(lives, programs, workers)
        if not len(joins):
            continue
        ended = programs.value[joins]
        went_on_ns = _went_on_ns(lives, programs, row, int(joins[-1]))
        for worker in workers:
            if worker < len(lives.threads) and lives.recorded_end_ns[worker] > went_on_ns:
                continue
            begin, end = programs.first[worker : worker + 2].tolist()
            own = programs.kind[begin:end] == POST
            if np.isin(programs.value[begin:end][own], ended).any():
                continue
            places += [end, int(joins[-1]) + 1]
            kinds += [POST, AWAIT]
            values += [event, event]
            event += 1
    return inserted(programs, row, np.array(places, np.int64), kinds, values, event)


def _joins(lives: Lives, programs: Programs, workers: list[int]) -> Ints:
    """Return the steps at which the one that joins them waits for ends of workers."""
    whose = np.repeat(np.arange(len(programs)), np.diff(programs.first))
    own = np.arange(programs.first[-1])
    kind, value = programs.kind[own], programs.value[own]
    is_firm = np.append(lives.firm, values=False)
    posts = (kind == POST) & np.isin(whose, workers)
    posts[posts] = is_firm[np.minimum(value[posts], len(lives.firm))]
    of_work = np.isin(value, value[posts]) & (kind == AWAIT) & ~np.isin(whose, workers)
    joins = np.setdiff1d(np.flatnonzero(of_work), programs.first)  # but for being started
    if not len(joins):
        return joins
    last = whose[joins[-1]]
    mine: Ints = joins[whose[joins] == last]
    return mine


def _went_on_ns(lives: Lives, programs: Programs, row: Ints, join: int) -> int:
    """Return when the one that joined went on, in the recording."""
    later = join + np.flatnonzero(np.isin(programs.kind[join:], (HOLD, STALL)) & (row[join:] >= 0))
    return int(lives.begin_ns[row[later[0]]]) if len(later) else int(lives.begin_ns[row[join]])


def inserted(
    programs: Programs,
    row: Ints,
    places: Ints,
    kinds: list[int],
    values: list[int],
    events: int,
) -> tuple[Programs, Ints]:
    """Add steps before others, or behind the last of a program; `row` gets -1 for each."""
    if not len(places):
        return programs, row
    order = np.sort(places)
    turn = programs.turn[np.minimum(places, len(programs.turn) - 1)]

    def moved(at: Ints) -> Ints:
        """Steps that are added at an end belong to what ends there, and not to what begins."""
        beyond: Ints = at + np.searchsorted(order, at, side="right")
        return beyond

    first = moved(programs.first)
    first[0] = 0
    task = programs.task
    anew = replace(
        programs,
        first=first,
        kind=np.insert(programs.kind, places, kinds),
        value=np.insert(programs.value, places, values),
        turn=np.insert(programs.turn, places, turn),
        task=None if task is None else moved(task),
        events=events,
    )
    return anew, np.insert(row, places, -1)
