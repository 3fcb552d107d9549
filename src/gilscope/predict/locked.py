"""How long a run takes at the least because of locks: who has one keeps all others out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.asleep import Waited
from gilscope.predict.programs import BLOCK

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.predict.rebuild import Lives

    Ints = npt.NDArray[np.int64]


def longest_lock_ns(lives: Lives) -> int:
    """Return for how long one lock was taken while others waited for it, whoever had it.

    But for what its owners waited for the GIL meanwhile, or for another lock, and were blocked
    while others had the GIL: without it, that may be nothing. Only of locks that threads both wait
    for and give up, as they do to be alone: one that a thread waits for and another one gives up
    may be a signal.
    """
    waits = lives.waits.select(lives.for_locks)
    for_gil = lives.recorded.waited_for_gil()
    longest_ns = 0
    for lock in np.unique(waits.lock).tolist():
        of_lock = waits.select(waits.lock == lock)
        owners = np.unique(of_lock.waker)
        if not np.isin(owners, of_lock.thread).any():
            continue
        begin_ns, end_ns = _merged(of_lock.begin_ns, of_lock.wake_ns)
        for_others = Waited.for_locks(lives.waits.select(lives.waits.lock != lock))
        taken_ns = int((end_ns - begin_ns).sum())
        for owner in owners.tolist():
            taken_ns -= int(for_gil.between(owner, begin_ns, end_ns).sum())
            taken_ns -= int(for_others.between(owner, begin_ns, end_ns).sum())
            taken_ns -= _blocked_by_others_ns(lives, owner, begin_ns, end_ns)
        longest_ns = max(longest_ns, taken_ns)
    return longest_ns


def _merged(begin_ns: Ints, end_ns: Ints) -> tuple[Ints, Ints]:
    """Return the times that are covered by at least one of some spans."""
    order = np.argsort(begin_ns, kind="stable")
    begin_ns, end_ns = begin_ns[order], np.maximum.accumulate(end_ns[order])
    first = np.concatenate([[True], begin_ns[1:] > end_ns[:-1]])
    last = np.concatenate([first[1:], [True]])
    return begin_ns[first], end_ns[last]


def _blocked_by_others_ns(lives: Lives, owner: int, begin_ns: Ints, end_ns: Ints) -> int:
    """Return how long a thread was blocked in some spans while another had the GIL."""
    program = int(np.searchsorted(lives.threads, owner))
    if program == len(lives.threads) or lives.threads[program] != owner:
        return 0
    steps = slice(*lives.programs.first[program : program + 2].tolist())
    blocked = lives.programs.kind[steps] == BLOCK
    from_ns = lives.begin_ns[steps][blocked]
    until_ns = from_ns + lives.programs.value[steps][blocked]
    span = np.searchsorted(end_ns, from_ns, side="right")
    inside = (span < len(begin_ns)) & (begin_ns[np.minimum(span, len(begin_ns) - 1)] < until_ns)
    return int(lives.others_ns[steps][blocked][inside].sum())
