"""The turns of a loop that took too long: from what the thread of the loop did, row by row.

Between two looks for what is ready, a loop calls. What it waits for the GIL meanwhile is not its
callbacks' doing, so it does not count. Stretches come last first, and so do turns.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

# asyncio's own limit of a slow callback (`slow_callback_duration`), without waits for the GIL.
LONG_TURN_NS = 100_000_000
# Who polls and comes back sooner was not asked to sleep.
AT_ONCE_NS = 1_000_000
# A loop that is about to end looks some times more, without anything to wait for: asyncio's for
# each of the things that it shuts down.
LAST_LOOKS = 8
MOST_KEPT = 1 << 20  # rows of a turn whose beginning is not found; what goes beyond is left out

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Rows:
    """Holds of the loop's thread, in the order of their time, and what came before each of them.

    `after_ns` is how long the thread had no GIL after it: -1 if that is not known. `before` is the
    path at which it was without the GIL before it, 0 if that is not known; `cpu_ns` the CPU time
    used there, or -1.
    """

    request_ns: Ints
    acquire_ns: Ints
    release_ns: Ints
    held_ns: Ints
    count: Ints
    site: Ints
    polls: Marks
    before: Ints
    cpu_ns: Ints
    after_ns: Ints

    def __len__(self) -> int:
        return len(self.request_ns)

    def part(self, low: int, high: int | None) -> Rows:
        return Rows(*(getattr(self, each.name)[low:high] for each in fields(self)))

    def followed_by(self, later: Rows | None) -> Rows:
        if later is None:
            return self
        names = [each.name for each in fields(self)]
        return Rows(*(np.concatenate([getattr(self, n), getattr(later, n)]) for n in names))


@dataclass(frozen=True, slots=True)
class Turn:
    """The rows of a turn that took long; the last of them ended where the loop looked again.

    It did not if `is_last`. `own_ns` is how long it took without waits for the GIL. `delayed`:
    then something was ready or due at once, and the loop went on; or others were ready before it.
    """

    rows: Rows
    own_ns: int
    delayed: bool
    is_last: bool


class LoopThread:
    """Finds the long turns of one thread."""

    def __init__(self) -> None:
        self._later: Rows | None = None  # of a turn whose beginning is yet to come
        self._looks = 0  # after what has been dealt with
        self._served = False  # after that, it waited for something to do

    def add(self, rows: Rows) -> Iterator[Turn]:
        is_last = self._later is None
        rows = rows.followed_by(self._later)
        looks = _looks(rows)
        at = np.flatnonzero(looks)
        self._later = rows.part(0, int(at[0]) + 1 if len(at) else None)
        if len(self._later) > MOST_KEPT:
            self._later = self._later.part(len(self._later) - MOST_KEPT, None)
        if not len(at):
            return
        if is_last and at[-1] + 1 < len(rows):
            yield from self._last(rows.part(int(at[-1]) + 1, None))
        served = self._serves_later(rows, at)
        waited = np.append(0, np.cumsum(rows.acquire_ns - rows.request_ns))
        whole = _joined_before(rows) | np.append(_joined_before(rows)[1:], False)
        end = np.where((rows.count > 1) | whole, rows.acquire_ns, rows.release_ns)[at]
        first = at[:-1] + 1
        own = end[1:] - rows.request_ns[first] - (waited[at[1:] + 1] - waited[first])
        at_once = ~_waits(rows)[at] & (rows.after_ns[at] != UNKNOWN)
        for turn in np.flatnonzero(own >= LONG_TURN_NS)[::-1].tolist():
            ended = turn + 1
            yield Turn(
                rows.part(int(first[turn]), int(at[ended]) + 1),
                int(own[turn]),
                bool(at_once[ended] and served[ended]),
                is_last=False,
            )

    def _last(self, rows: Rows) -> Iterator[Turn]:
        waited = int((rows.acquire_ns - rows.request_ns).sum())
        own = int(rows.release_ns[-1] - rows.request_ns[0]) - waited
        if own >= LONG_TURN_NS:
            yield Turn(rows, own, delayed=False, is_last=True)

    def _serves_later(self, rows: Rows, at: Ints) -> Marks:
        """Say of each look whether the loop went on after it, and not just to its end."""
        looks = np.append(np.cumsum(rows.count[at][::-1])[::-1], 0) + self._looks
        waits = np.append(_waits(rows)[at], self._served)
        waits = np.logical_or.accumulate(waits[::-1])[::-1]
        # The first of them is dealt with again, as the end of a turn.
        self._looks, self._served = int(looks[1]), bool(waits[1])
        served: Marks = waits[:-1] | (looks[:-1] > LAST_LOOKS)
        return served


def _waits(rows: Rows) -> Marks:
    """Mark the rows after which the thread had no GIL for long."""
    waits: Marks = (rows.after_ns >= AT_ONCE_NS) & (rows.count == 1)
    return waits


def _joined_before(rows: Rows) -> Marks:
    """Mark rows that are one with the row before: turns that were summed up together.

    They were laid one after the other, without a gap, and when each of them was is not known.
    """
    return np.append(False, rows.acquire_ns[1:] == rows.release_ns[:-1])


def _looks(rows: Rows) -> Marks:
    """Mark the rows during, or after, which the loop looked what was ready."""
    if not rows.polls.any():
        return rows.polls
    run = np.cumsum(~_joined_before(rows)) - 1
    found = np.bincount(run, weights=rows.polls) > 0
    marked: Marks = found[run]
    return marked
