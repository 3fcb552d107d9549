"""Programs that take the least that is possible without the GIL: what others may have changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.groups import name_pattern
from gilscope.predict.programs import AWAIT, BLOCK, HOLD, POST, STALL, Programs
from gilscope.predict.stopped import stopped_at_once

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.rebuild import Lives
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]


def at_least(trace: Trace, lives: Lives) -> Programs:
    """Let threads wait for starts and ends of others only, and those of a kind work alike.

    Who gets a lock first, and who takes which task from a queue, is decided anew when nobody has to
    wait for the GIL; and a pool that starts its workers on demand may start more of them. Who was
    blocked may have been waiting, at a socket for example, for what another thread did with the
    GIL meanwhile: it would have been done sooner.
    """
    programs = lives.programs
    whose = np.repeat(np.arange(len(programs)), np.diff(programs.first))
    holds = np.isin(programs.kind, (HOLD, STALL))
    factor = _factors(trace, lives, whose, holds)
    value = np.where(holds, programs.value * factor[whose], programs.value).astype(np.int64)
    kind = programs.kind.copy()
    events = np.isin(kind, (POST, AWAIT))
    loose = np.flatnonzero(events)[~lives.firm[value[events]]]
    kind[loose], value[loose] = BLOCK, 0
    value -= np.minimum(lives.others_ns, value)
    return stopped_at_once(lives, replace(programs, kind=kind, value=value))


def _factors(
    trace: Trace, lives: Lives, whose: Ints, holds: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return how many times as long each thread would run Python code."""
    held_ns = np.where(holds, lives.programs.value, 0)
    size = len(lives.programs)
    total = np.bincount(whose, held_ns, size)
    longest = np.zeros(size)
    np.maximum.at(longest, whose, held_ns)
    names, kind = _kinds(trace, lives)
    would = (np.bincount(kind, total) / np.bincount(kind))[kind]
    longest_of_kind = np.zeros(size)
    np.maximum.at(longest_of_kind, kind, longest)
    on_demand = np.char.endswith(names, "_#")  # of concurrent.futures and of asyncio
    would = np.where(on_demand, longest_of_kind[kind], would)
    factor: npt.NDArray[np.float64] = would / np.maximum(1, total)
    return np.where(total > 0, factor, 1.0)


def _kinds(trace: Trace, lives: Lives) -> tuple[npt.NDArray[np.str_], Ints]:
    """Return the name of each thread without its number, and the number of that name."""
    names = np.array([_kind_of(trace, number) for number in lives.threads.tolist()])
    return names, np.unique(names, return_inverse=True)[1]


def _kind_of(trace: Trace, number: int) -> str:
    thread = trace.threads.get(number)
    return name_pattern(thread.name) if thread is not None else str(number)
