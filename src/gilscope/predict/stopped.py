"""Threads that may have gone on until another one told them to stop: see telling.py.

With the GIL, the one that tells was kept waiting by them; without it, it would have told them
sooner, and how much of what they did they would have done then, no trace says. At the least,
nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.programs import BLOCK, POST
from gilscope.predict.telling import GOES_ON, LEAST_WAIT

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.programs import Programs
    from gilscope.predict.rebuild import Lives


def stopped_at_once(lives: Lives, programs: Programs) -> Programs:
    """Let those threads do nothing, and let nobody wait for them."""
    whose = np.repeat(np.arange(len(programs)), np.diff(programs.first))
    idle = _may_be_told(lives)[whose] & (programs.kind != POST)
    kind = np.where(idle, BLOCK, programs.kind).astype(np.uint8)
    return replace(programs, kind=kind, value=np.where(idle, 0, programs.value))


def _may_be_told(lives: Lives) -> npt.NDArray[np.bool_]:
    """By program: whether its thread ended soon after one had begun to wait for that, which had
    waited for the GIL before.
    """
    wall_ns = int(lives.recorded_end_ns.max(initial=0))
    holds, joins = lives.holds, lives.waits.select(lives.firm[: len(lives.waits)])
    most = int(max(holds.thread.max(initial=0), joins.thread.max(initial=0)))
    waited_ns = np.bincount(holds.thread, holds.acquire_ns - holds.request_ns, most + 1)
    soon = joins.wake_ns - joins.begin_ns <= GOES_ON * wall_ns
    tells = soon & (waited_ns[joins.thread] >= LEAST_WAIT * wall_ns)
    found: npt.NDArray[np.bool_] = np.isin(lives.threads, joins.waker[tells])
    return found
