"""Steps of threads where holds were merged: what differs from those of single holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.predict.programs import AWAIT, BLOCK, HOLD, POST, STALL

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.recorded import LeftOut, Recorded

    Ints = npt.NDArray[np.int64]

NEIGHBOURS = 16  # rows whose times off the GIL may be exchanged


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of threads, thread by thread; `row` is which row of their lives each comes from.

    `with_gil_ns`: as of `Programs`.
    """

    kind: npt.NDArray[np.uint8]
    value: Ints
    row: Ints
    with_gil_ns: Ints | None = None


def of_merged(
    recorded: Recorded, thread: Ints, steps: Steps, time: Ints, turn: npt.NDArray[np.uint32]
) -> tuple[Ints, Ints]:
    """Return how long the steps take, and how much longer with the GIL.

    `thread` is whose each step is; `time` and `turn` are by row of their lives.
    """
    hold = turn[steps.row].astype(np.int64) - 1
    runs = (steps.kind == HOLD) | (steps.kind == STALL)
    with_gil_ns = np.where(runs, np.append(recorded.handover_ns, 0)[hold], 0)
    if recorded.left_out is not None:
        taken = _taking_turns(recorded, recorded.left_out, thread, time[steps.row], steps)
        with_gil_ns -= np.minimum(taken, steps.value)
    order = _shuffled(steps, thread, runs & np.append(recorded.is_merged, values=False)[hold])
    return steps.value[order], with_gil_ns[order]


def _taking_turns(
    recorded: Recorded, left_out: LeftOut, thread: Ints, begin_ns: Ints, steps: Steps
) -> Ints:
    """Return how long of each step others had the GIL, while its thread waited for a lock.

    With the GIL that is how they take turns, and not part of what it does: it would have to wait
    for them once more.
    """
    taken = np.zeros(len(thread), np.int64)
    blocks = np.flatnonzero(steps.kind == BLOCK)
    span = int(max(begin_ns.max(initial=0), left_out.begin_ns.max(initial=0))) + 1
    keys = thread[blocks] * span + begin_ns[blocks]
    at = np.searchsorted(keys, left_out.thread * span + _in_steps(recorded, left_out), "right") - 1
    known = (at >= 0) & (thread[blocks[at]] == left_out.thread)
    np.add.at(taken, blocks[at[known]], left_out.others_ns[known])
    return taken


def _in_steps(recorded: Recorded, left_out: LeftOut) -> Ints:
    """Return when each wait begins where times off the GIL of a row come after its hold."""
    holds = recorded.holds
    span = int(max(holds.release_ns.max(initial=0), left_out.begin_ns.max(initial=0))) + 1
    order = np.argsort(holds.thread, kind="stable")  # they are by time already
    keys = holds.thread[order] * span + holds.acquire_ns[order]
    at = np.searchsorted(keys, left_out.thread * span + left_out.begin_ns, "right") - 1
    row = order[np.maximum(at, 0)]
    within = (at >= 0) & (holds.thread[row] == left_out.thread)
    within &= left_out.begin_ns < holds.release_ns[row]
    return np.where(within, holds.acquire_ns[row] + holds.held_ns[row], left_out.begin_ns)


def _shuffled(steps: Steps, thread: Ints, is_merged: npt.NDArray[np.bool_]) -> Ints:
    """Exchange what threads are off the GIL between neighbours, if nothing happens between them.

    Where many holds were merged, what one of these is long makes the other long, too. For single
    ones that is not so, and who is away for longer after longer holds waits less than they did.
    """
    order = np.arange(len(thread))
    off = np.flatnonzero(is_merged) + 1
    off = off[off < len(thread)]
    off = off[(steps.kind[off] == BLOCK) & (thread[off] == thread[off - 1])]
    events = np.cumsum((steps.kind == POST) | (steps.kind == AWAIT))[off]
    is_new = (np.diff(thread[off], prepend=-1) != 0) | (np.diff(events, prepend=-1) != 0)
    begins = np.flatnonzero(is_new)
    run = np.cumsum(is_new) - 1
    part = (np.arange(len(off)) - begins[run]) // NEIGHBOURS
    chance = np.random.default_rng(0).random(len(off))
    order[off] = off[np.lexsort((chance, part, run))]
    return order
