"""Who woke whom: the ends of waits for locks, as arrows between lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.picture.places import TracePlaces
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Edges:
    """Who let whom go on, and when (ns): int64 columns of equal length, by time.

    `from_lane`, `to_lane`: the lanes of who woke and of who was woken; `from_place`, `to_place`:
    the lines where they were. `wait_ns`: how long the wait was that ended.
    """

    at_ns: Ints
    from_lane: Ints
    to_lane: Ints
    from_place: Ints
    to_place: Ints
    wait_ns: Ints

    def __len__(self) -> int:
        return len(self.at_ns)

    def longest(self, most: int) -> Edges:
        """Return the ends of the longest waits."""
        kept = np.sort(np.argsort(-self.wait_ns, kind="stable")[:most])
        return Edges(*(getattr(self, name)[kept] for name in Edges.__slots__))


def edges(trace: Trace, places: TracePlaces, lane: Ints, most: int) -> tuple[Edges, int]:
    """Return the ends of the `most` longest waits, and how many there were in all.

    `lane`: by number of the thread; below 0: it has none.
    """
    waits = trace.lock_waits()
    known = (waits.waker > 0) & (waits.wake_ns > 0) & (waits.waker != waits.thread)
    known &= (lane[waits.waker] >= 0) & (lane[waits.thread] >= 0)
    waits = waits.select(known)
    longest = np.argsort(-waits.wait_ns, kind="stable")[:most]
    some = waits.select(longest[np.argsort(waits.wake_ns[longest], kind="stable")])
    found = Edges(
        some.wake_ns,
        lane[some.waker],
        lane[some.thread],
        _places(places, some.waker_gil, some.waker_path),
        _places(places, some.table, some.path),
        some.wait_ns,
    )
    return found, len(waits)


def _places(places: TracePlaces, table: Ints, path: Ints) -> Ints:
    found = np.zeros(len(path), np.int64)
    for each in np.unique(table).tolist():
        mine = table == each
        found[mine] = places.of(each, path[mine])
    return found


def joined_edges(parts: Sequence[Edges]) -> Edges:
    """Put those of several processes together, by time."""
    none = np.zeros(0, np.int64)
    names = Edges.__slots__
    columns = [np.concatenate([none, *(getattr(each, name) for each in parts)]) for name in names]
    order = np.argsort(columns[0], kind="stable")
    return Edges(*(each[order] for each in columns))
