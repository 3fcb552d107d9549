"""How long threads could have run, but no core was free for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.bythread import by_thread, counted_ns
from gilscope.trace.layout import READY

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


class Readiness:
    """Made of the rows of `Trace.ready`: what the kernel's scheduler had counted at each look.

    It counts such a time when it is over. So what a look finds new may lie anywhere between that
    look and the one before, where it counts evenly; and if it is longer than that, it reaches back.
    """

    def __init__(self, rows: npt.NDArray[np.void]) -> None:
        self._total_ns = {}
        self._curves: dict[int, tuple[Ints, Floats]] = {}
        self._looks: dict[int, tuple[Ints, Ints]] = {}
        for thread, part in by_thread(rows).items():
            ready = np.maximum.accumulate(counted_ns(part["ready_ns"]))
            self._total_ns[thread] = int(ready[-1])
            times = part["time_ns"].astype(np.int64)
            self._curves[thread], self._looks[thread] = _curve(times, ready), (times, ready)

    def total_ns(self, thread: int) -> int | None:
        """Return what was counted until the last look; None where nobody looked."""
        return self._total_ns.get(thread)

    def until_ns(self, thread: int, time_ns: Ints) -> Floats | None:
        """Return how long until each moment; None where nobody looked."""
        curve = self._curves.get(thread)
        return None if curve is None else np.interp(time_ns, *curve)

    def at_most_ns(self, thread: int, begin_ns: Ints, end_ns: Ints) -> Ints | None:
        """Return how long it may have been at the most, from look to look around each stretch.

        None where nobody looked; what was still going on at the last look is not counted.
        """
        looks = self._looks.get(thread)
        if looks is None:
            return None
        times, ready = looks
        before = np.searchsorted(times, begin_ns, side="right") - 1
        after = np.minimum(np.searchsorted(times, end_ns, side="left"), len(times) - 1)
        counted = ready[after] - np.where(before >= 0, ready[before], 0)
        return np.clip(counted, 0, end_ns - begin_ns)

    def within(self, since_ns: int, until_ns: int) -> npt.NDArray[np.void]:
        """Return the rows of a window, as if it were all of the recording."""
        found = [np.zeros(0, READY)]
        for thread, (times, values) in self._curves.items():
            if times[0] >= until_ns:
                continue
            inside = times[(times > since_ns) & (times < until_ns)]
            at = np.concatenate([[since_ns], inside, [until_ns]])
            rows = np.zeros(len(at), READY)
            rows["time_ns"] = at - since_ns
            rows["ready_ns"] = np.interp(at, times, values) - np.interp(since_ns, times, values)
            rows["thread"] = thread
            found.append(rows)
        return np.sort(np.concatenate(found), order="time_ns", kind="stable")


def _curve(times: Ints, ready_ns: Ints) -> tuple[Ints, Floats]:
    """Return moments, and how much had been by then; linear in between."""
    new = np.diff(ready_ns, prepend=0)
    gap = np.diff(times, prepend=0)
    over = np.maximum(np.maximum(new, gap), 1)
    moments = np.concatenate([times - over, times])
    slope = np.concatenate([new / over, -new / over])
    order = np.argsort(moments, kind="stable")
    moments, slope = moments[order], np.cumsum(slope[order])
    steps = slope[:-1] * np.diff(moments)
    return moments, np.concatenate([[0.0], np.cumsum(steps)])
