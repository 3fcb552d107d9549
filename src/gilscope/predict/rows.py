"""The lives of threads as rows: what begins when, in any order at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

# What a row of a life begins: a state, or an event that leaves the state as it is.
HOLDING, STALLING, OFF, IDLE, POSTS, AWAITS = range(6)
# The order of what happens at one time: a hold ends, a wait begins and ends, a hold begins.
RELEASE, BLOCKS, GOES_ON, REQUEST, ACQUIRE, MARK = range(6)


class Rows:
    """Rows of lives: thread, time, order at that time, what begins, and which event."""

    def __init__(self) -> None:
        self.events = 0
        self._parts: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []

    def add(
        self, thread: Ints, time_ns: Ints, order: int, what: int | Ints, event: Ints | int = -1
    ) -> None:
        size = len(thread)
        whats = np.broadcast_to(np.asarray(what, np.int64), size)
        events = np.broadcast_to(np.asarray(event, np.int64), size)
        self._parts.append((thread, time_ns, np.full(size, order, np.int64), whats, events))

    def new_events(self, count: int) -> Ints:
        self.events += count
        return np.arange(self.events - count, self.events)

    def sorted(self) -> tuple[Ints, Ints, Ints, Ints]:
        thread, time, order, what, event = map(np.concatenate, zip(*self._parts, strict=True))
        by_time = np.lexsort((order, time, thread))
        return thread[by_time], time[by_time], what[by_time], event[by_time]
