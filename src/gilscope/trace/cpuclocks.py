"""The CPU time of threads at any moment, from looks at their clocks now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.bythread import by_thread, counted_ns

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace.threads import Thread

    Ints = npt.NDArray[np.int64]


class CpuClocks:
    """Made of the rows of `Trace.cpu`."""

    def __init__(self, rows: npt.NDArray[np.void]) -> None:
        self._rows = by_thread(rows)
        self._none = rows[:0]

    def rows(self, thread: int) -> npt.NDArray[np.void]:
        """Return the rows of one thread, in the order of their time."""
        rows: npt.NDArray[np.void] = self._rows.get(thread, self._none)
        return rows

    def used_ns(self, thread: Thread, time_ns: Ints) -> npt.NDArray[np.float64]:
        """Return the CPU time used until each moment: between two looks, used evenly."""
        rows = self.rows(thread.thread)
        times = np.concatenate(
            [[thread.start_ns], rows["time_ns"].astype(np.int64), [thread.end_ns]]
        )
        seen = counted_ns(rows["cpu_ns"])
        used = np.maximum.accumulate(np.concatenate([[0], seen, [thread.cpu_ns]]))
        order = np.argsort(times, kind="stable")
        return np.interp(time_ns, times[order], used[order])
