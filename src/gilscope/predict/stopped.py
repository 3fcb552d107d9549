"""Threads that may have gone on until another one told them to stop: see telling.py.

With the GIL, the one that tells was kept waiting by them; without it, it would have told them
sooner, and how much of what they did they would have done then, no trace says. At the least,
nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.asleep import Waited
from gilscope.predict.programs import BLOCK, POST
from gilscope.predict.telling import GOES_ON, LEAST_WAIT

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives
    from gilscope.trace import HoldBlock, LockWaits

    Ints = npt.NDArray[np.int64]


def stopped_at_once(lives: Lives, programs: Programs, kind_of: Ints) -> Programs:
    """Let those threads do nothing, and let nobody wait for them.

    `kind_of` numbers the kinds of threads, by program: those of one kind are told together.
    """
    told = _may_be_told(lives)
    goes_on = np.zeros(len(programs), np.bool_)
    np.logical_or.at(goes_on, kind_of, ~told)
    told &= ~goes_on[kind_of]
    whose = np.repeat(np.arange(len(programs)), np.diff(programs.first))
    idle = told[whose] & (programs.kind != POST)
    kind = np.where(idle, BLOCK, programs.kind).astype(np.uint8)
    return replace(programs, kind=kind, value=np.where(idle, 0, programs.value))


def _may_be_told(lives: Lives) -> npt.NDArray[np.bool_]:
    """By program: whether its thread ended soon after one had begun to wait for ends of threads,
    which had waited for the GIL before.
    """
    wall_ns = int(lives.recorded_end_ns.max(initial=0))
    holds, joins = lives.holds, lives.waits.select(lives.firm[: len(lives.waits)])
    joins = joins.select(np.lexsort((joins.begin_ns, joins.thread)))
    most = int(max(holds.thread.max(initial=0), joins.thread.max(initial=0)))
    waited_ns = np.bincount(holds.thread, holds.acquire_ns - holds.request_ns, most + 1)
    kept_waiting = waited_ns[joins.thread] >= LEAST_WAIT * wall_ns
    soon = joins.wake_ns - _row_began_ns(joins, holds, LEAST_WAIT * wall_ns) <= GOES_ON * wall_ns
    found: npt.NDArray[np.bool_] = np.isin(lives.threads, joins.waker[kept_waiting & soon])
    return found


def _row_began_ns(joins: LockWaits, holds: HoldBlock, pause_ns: float) -> Ints:
    """Return when the first of the joins began that a thread did one after another.

    What it waited for the GIL between two of them is no pause.
    """
    waited = Waited(holds.thread, holds.request_ns, holds.acquire_ns)
    before_ns, next_ns = joins.wake_ns[:-1], joins.begin_ns[1:]
    between_ns = next_ns - before_ns
    for thread in np.unique(joins.thread).tolist():
        waited_ns = waited.between(thread, before_ns, next_ns)
        between_ns = np.where(joins.thread[1:] == thread, between_ns - waited_ns, between_ns)
    follows = (joins.thread[1:] == joins.thread[:-1]) & (between_ns <= pause_ns)
    is_first = np.concatenate([[True], ~follows])[: len(joins)]
    first = np.maximum.accumulate(np.where(is_first, np.arange(len(joins)), 0))
    began_ns: Ints = joins.begin_ns[first]
    return began_ns
