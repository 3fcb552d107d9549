"""Queues through which threads hand each other what they all need: connections, permits, buffers.

A worker that waits for work at a queue is idle: somebody else puts it in. But where those who wait
are told by those who wait there as well, they do not lack work, but what another one has; so it
is no purpose of theirs. At the end of a pool each worker may tell the next one to end, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import LockWaits

    Bools = npt.NDArray[np.bool_]
    Ints = npt.NDArray[np.int64]

# Of the waits at a place, and of their time; who found what it needed never waits there.
MOSTLY = 0.6
MORE_THAN_ONCE = 2  # each thread that waits there, on average


def handed_round(waits: LockWaits, place: Ints, at_queue: Bools) -> Bools:
    """Mark the waits for what others have that wait at the same place; `place` is its number.

    Only those of `at_queue` are looked at.
    """
    size = int(place.max(initial=-1)) + 1
    span = int(max(waits.thread.max(initial=0), waits.waker.max(initial=0))) + 1
    theirs = np.unique(place[at_queue] * span + waits.thread[at_queue])
    by_sibling = at_queue & (waits.waker > 0) & (waits.waker != waits.thread)
    by_sibling &= np.isin(place * span + waits.waker, theirs)
    threads = np.bincount(theirs // span, minlength=size)
    found = np.ones(size, np.bool_)
    for weight in (np.ones(len(waits)), waits.wait_ns):
        all_there = np.bincount(place[at_queue], weight[at_queue], size)
        found &= np.bincount(place[by_sibling], weight[by_sibling], size) >= MOSTLY * all_there
    found &= np.bincount(place[by_sibling], minlength=size) >= MORE_THAN_ONCE * threads
    marked: Bools = at_queue & found[place]
    return marked
