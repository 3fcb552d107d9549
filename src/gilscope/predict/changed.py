"""The programs of threads, changed: a line takes less time, or lets go of the GIL, or of a lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.programs import AWAIT, COMPUTE, POST

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


def shortened(lives: Lives, part: Floats) -> Programs:
    """Leave out a part of each hold, 0 to 1."""
    programs = lives.programs
    left = 1 - by_step(lives, part)
    value = np.rint(programs.value * left).astype(np.int64)
    return replace(programs, value=value, with_gil_ns=_times(programs.with_gil_ns, left))


def released(lives: Lives, part: Floats) -> Programs:
    """Run a part of each hold without the GIL, before the rest of it.

    The thread takes the GIL again when that is done, even if nothing is left to do with it, as a
    call in C that lets go of it does.
    """
    programs, part = lives.programs, by_step(lives, part)
    outside = np.rint(programs.value * part).astype(np.int64)
    twice = outside > 0
    row = np.repeat(np.arange(len(twice)), 1 + twice)
    first_of_two = np.flatnonzero(np.concatenate([row[1:] == row[:-1], [False]])[: len(row)])
    kind, value = programs.kind[row], (programs.value - np.where(twice, outside, 0))[row]
    kind[first_of_two] = COMPUTE
    value[first_of_two] = outside[twice]
    first = np.concatenate([[0], np.cumsum(1 + twice)])[programs.first]
    with_gil_ns = programs.with_gil_ns
    if with_gil_ns is not None:
        with_gil_ns = with_gil_ns[row]
        with_gil_ns[first_of_two] = 0
    return replace(
        programs,
        first=first,
        kind=kind,
        value=value,
        turn=programs.turn[row],
        with_gil_ns=with_gil_ns,
    )


def unlocked(lives: Lives, waits: npt.NDArray[np.bool_]) -> Programs:
    """Let some of the waits (a mask of `lives.waits`) end at once, as if nobody had the lock."""
    programs = lives.programs
    chosen = np.zeros(programs.events, np.bool_)
    chosen[: len(waits)] = waits
    awaits = programs.kind == AWAIT
    gone = np.flatnonzero(awaits)[chosen[programs.value[awaits]]]
    kind, value = programs.kind.copy(), programs.value.copy()
    kind[gone], value[gone] = POST, programs.events  # of an event that nobody waits for
    return replace(programs, kind=kind, value=value, events=programs.events + 1)


def _times(ns: Ints | None, factor: Floats) -> Ints | None:
    return None if ns is None else np.rint(ns * factor).astype(np.int64)


def by_step(lives: Lives, part: Floats) -> Floats:
    """Return a part of each hold by the steps that it consists of; 0 for all other steps."""
    if not len(part):
        return np.zeros(len(lives.hold))
    return np.where(lives.hold >= 0, part[np.maximum(lives.hold, 0)], 0.0)
