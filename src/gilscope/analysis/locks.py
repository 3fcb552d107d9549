"""Who waited for locks, and what those did meanwhile who had them: by line and line."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lockrows import LockRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.trace import HoldBlock, LockWaits

    Ints = npt.NDArray[np.int64]

_NS = 1e-9
_NOBODY = -1  # in the place of the number of a line
_MOST_AT_ONCE = 1 << 20  # stretches of owners that waits fall into


@dataclass(frozen=True, slots=True)
class _Turns:
    """Parts of waits, in each of which one thread had the lock: int64 columns of equal length."""

    wait: Ints  # which of the waits
    owner: Ints  # the thread; 0: not known
    begin_ns: Ints
    end_ns: Ints

    def select(self, rows: Ints) -> _Turns:
        return _Turns(self.wait[rows], self.owner[rows], self.begin_ns[rows], self.end_ns[rows])


@dataclass(frozen=True, slots=True)
class _Whereabouts:
    """Where a thread was: at line number `line[i]` from `since_ns[i]` on. Sorted."""

    since_ns: Ints
    line: Ints


class LockOwners:
    """Follows the threads that others waited for, through the holds of all GILs, in any order."""

    def __init__(self, waits: LockWaits, lines: Lines) -> None:
        self._waits, self._lines, self._turns = waits, lines, _turns(waits)
        owner = self._turns.owner
        self._spans = {
            each: (np.sort(self._turns.begin_ns[mine]), np.sort(self._turns.end_ns[mine]))
            for each in np.unique(owner[owner > 0]).tolist()
            for mine in (owner == each,)
        }
        self._found: dict[int, list[tuple[Ints, Ints]]] = defaultdict(list)

    def add(self, gil: int, holds: HoldBlock, site_path: Ints) -> None:
        """Note where they were in some holds, as far as somebody waited for them then."""
        if not self._spans:
            return
        for owner in np.intersect1d(holds.thread, list(self._spans)).tolist():
            rows = np.flatnonzero(holds.thread == owner)
            rows = rows[_matters(holds.acquire_ns[rows], *self._spans[owner])]
            places = self._lines.numbers(gil, site_path[holds.site[rows]])
            self._found[owner].append((holds.acquire_ns[rows], places))

    def rows(self, idle: npt.NDArray[np.bool_]) -> tuple[LockRow, ...]:
        """Divide all waits over the lines of who had the locks, most waiting first.

        `idle` marks those that are a purpose.
        """
        waits, turns = self._waits, self._turns
        waiter = 2 * self._lines.numbers_in(waits.table, waits.path) + idle
        parts = [_undivided(turns.select(np.flatnonzero(~np.isin(turns.owner, list(self._found)))))]
        for owner, found in self._found.items():
            mine = turns.select(np.flatnonzero(turns.owner == owner))
            parts += _divided(mine, _in_order(found))
        wait, line, share_ns = (np.concatenate(each) for each in zip(*parts, strict=True))
        return _rows(self._lines, waiter[wait], line, wait, share_ns, waits.wait_ns[wait])


def _turns(waits: LockWaits) -> _Turns:
    """Divide waits where others for the same lock end: who ended those had it until then."""
    wait = np.arange(len(waits))
    woken, first, counts = _wakes_within(waits)
    if int(counts.sum()) > _MOST_AT_ONCE:
        counts = np.zeros(len(waits), np.int64)  # who had it last stands for all
    wait = np.repeat(wait, counts + 1)
    step = np.arange(len(wait)) - np.repeat(np.cumsum(counts + 1) - counts - 1, counts + 1)
    next_ = np.append(woken, 0)[first[wait] + step]
    before = np.append(woken, 0)[np.maximum(first[wait] + step - 1, 0)]
    is_first, is_last = step == 0, step == counts[wait]
    ended = waits.waker > 0
    taken = np.where(waits.owner == waits.thread, 0, waits.owner)
    last = np.where(ended[wait], waits.waker[wait], np.where(is_first, taken[wait], 0))
    return _Turns(
        wait,
        np.where(is_last, last, waits.waker[next_]),
        np.where(is_first, waits.begin_ns[wait], waits.wake_ns[before]),
        np.where(is_last, waits.end_ns[wait], waits.wake_ns[next_]),
    )


def _wakes_within(waits: LockWaits) -> tuple[Ints, Ints, Ints]:
    """Return the waits that somebody ended, sorted by lock and time; and for each wait the position
    of the first of them that ends within it, for the same lock, and how many do.
    """
    woken = np.flatnonzero((waits.wake_ns > 0) & (waits.lock > 0))
    woken = woken[np.lexsort((waits.wake_ns[woken], waits.lock[woken]))]
    locks, lock = np.unique(waits.lock, return_inverse=True)
    length = int(waits.end_ns.max(initial=0)) + 1
    none = np.zeros(len(waits), np.int64)
    if len(locks) * length >= 2**62:
        return woken, none, none
    zero = lock * length
    wakes = zero[woken] + waits.wake_ns[woken]
    until_ns = np.where(waits.wake_ns > 0, waits.wake_ns, waits.end_ns)
    first = np.searchsorted(wakes, zero + waits.begin_ns, side="right")
    counts = np.maximum(0, np.searchsorted(wakes, zero + until_ns, side="left") - first)
    return woken, first, np.where(waits.lock > 0, counts, 0)


def _matters(since_ns: Ints, begin_ns: Ints, end_ns: Ints) -> npt.NDArray[np.bool_]:
    """Does anybody wait between this moment and the next? The last one always counts."""
    until_ns = np.append(since_ns[1:], np.iinfo(np.int64).max)
    begun = np.searchsorted(begin_ns, until_ns, side="left")
    marked: npt.NDArray[np.bool_] = begun > np.searchsorted(end_ns, since_ns, side="right")
    marked[-1:] = True
    return marked


def _in_order(parts: list[tuple[Ints, Ints]]) -> _Whereabouts:
    since_ns, line = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(since_ns, kind="stable")
    # Before it was first seen, its place is not known.
    return _Whereabouts(np.append(0, since_ns[order]), np.append(_NOBODY, line[order]))


def _undivided(turns: _Turns) -> tuple[Ints, Ints, Ints]:
    return turns.wait, np.full(len(turns.wait), _NOBODY), turns.end_ns - turns.begin_ns


def _divided(turns: _Turns, where: _Whereabouts) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield, for each stretch of the owner in each turn: the wait, the owner's line, the time."""
    first = np.searchsorted(where.since_ns, turns.begin_ns, side="right") - 1
    last = np.searchsorted(where.since_ns, turns.end_ns, side="left") - 1
    counts = np.maximum(1, last - first + 1)
    pieces = int(counts.sum()) // _MOST_AT_ONCE + 1
    for part in np.array_split(np.arange(len(counts)), pieces):
        turn = np.repeat(part, counts[part])
        step = np.arange(len(turn)) - np.repeat(
            np.cumsum(counts[part]) - counts[part], counts[part]
        )
        at = first[turn] + step
        until_ns = np.append(where.since_ns[1:], np.iinfo(np.int64).max)[at]
        begin_ns = np.maximum(where.since_ns[at], turns.begin_ns[turn])
        share_ns = np.maximum(0, np.minimum(until_ns, turns.end_ns[turn]) - begin_ns)
        yield turns.wait[turn], where.line[at], share_ns


def _rows(
    lines: Lines, waiter: Ints, owner: Ints, wait: Ints, share_ns: Ints, whole_ns: Ints
) -> tuple[LockRow, ...]:
    """Add up by pair of lines; `whole_ns` is how long the wait was that a share belongs to.

    `waiter` is twice the number of a line, and one more where the waiting is the thread's purpose.
    """
    keys, pair = np.unique(waiter * (len(lines) + 1) + owner + 1, return_inverse=True)
    sums = np.bincount(pair, weights=share_ns, minlength=len(keys))
    longest = np.zeros(len(keys), np.int64)
    np.maximum.at(longest, pair, whole_ns)
    # A wait may have several stretches in one line.
    once = np.unique(pair * (int(wait.max(initial=0)) + 1) + wait, return_index=True)[1]
    counts = np.bincount(pair[once], minlength=len(keys))
    found = []
    for key, ns, most, count in zip(
        *(a.tolist() for a in (keys, sums, longest, counts)), strict=True
    ):
        at, by = divmod(key, len(lines) + 1)
        had = lines[by - 1] if by else None
        at, purpose = divmod(at, 2)
        found.append(LockRow(lines[at], had, ns * _NS, count, most * _NS, purpose=bool(purpose)))
    return tuple(sorted(found, key=lambda row: -row.wait_s))
