"""Match samples with the holds that they fell into, and weigh them by who waited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.stretch import Queues, Stretch
    from gilscope.trace import HoldBlock

    Ints = npt.NDArray[np.int64]

# From this many samples on a hold is divided by its own alone; with fewer they say too little
# about it (the stretches at its two edges would count too little), and are pooled by site.
OWN_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of a stretch, by time; `hold` is the row of the hold, `path` the sampler's."""

    hold: Ints
    time_ns: Ints
    path: Ints

    def __len__(self) -> int:
        return len(self.hold)

    def select(self, rows: npt.NDArray[np.bool_]) -> Samples:
        return Samples(self.hold[rows], self.time_ns[rows], self.path[rows])


@dataclass(frozen=True, slots=True)
class Slices:
    """Holds cut between their samples: each sample stands for the time around it."""

    hold: Ints
    start_ns: Ints
    end_ns: Ints
    path: Ints
    blame_ns: Ints


class SampleTable:
    """The samples of one GIL, handed out to stretches by the acquire of their hold."""

    def __init__(self, rows: npt.NDArray[np.void], gil: int, paths: int) -> None:
        rows = rows[(rows["gil"] == gil) & (rows["path_id"] > 0) & (rows["path_id"] < paths)]
        rows = rows[rows["acquire_ns"] <= rows["time_ns"]]
        self._acquire = rows["acquire_ns"].astype(np.int64)
        order = np.argsort(self._acquire, kind="stable")
        self._acquire = self._acquire[order]
        self._time = rows["time_ns"].astype(np.int64)[order]
        self._thread = rows["thread"].astype(np.int64)[order]
        self._path = rows["path_id"].astype(np.int64)[order]

    def of(self, stretch: Stretch) -> Samples:
        return self.within(stretch.holds)

    def within(self, holds: HoldBlock) -> Samples:
        """Return the samples that fell into some holds, of which there is one at least."""
        acquire, release = holds.acquire_ns, holds.release_ns
        edges = [acquire[0], acquire[-1]]
        low = np.searchsorted(self._acquire, edges[0], side="left")
        high = np.searchsorted(self._acquire, edges[1], side="right")
        here = slice(int(low), int(high))
        # Of holds that begin at the same moment all but the last have no length.
        hold = np.searchsorted(acquire, self._acquire[here], side="right") - 1
        time = self._time[here]
        fits = acquire[hold] == self._acquire[here]
        fits &= holds.thread[hold] == self._thread[here]
        # A sample whose hold ended while it was taken: what it saw was still in the hold.
        time = np.minimum(time, release[hold])
        fits &= self._time[here] - time < _LATE_NS
        order = np.argsort(time[fits], kind="stable")
        return Samples(hold[fits][order], time[fits][order], self._path[here][fits][order])


# The collector reads the stack, then the clock, and may be interrupted between.
_LATE_NS = 10_000_000


def slices(stretch: Stretch, samples: Samples, queues: Queues) -> Slices:
    """Cut the holds of the samples halfway between them; all of the hold is given out."""
    holds = stretch.holds
    start, end = slice_times(holds.acquire_ns, holds.release_ns, samples)
    blame_ns = queues.integral(samples.hold, start, end)
    return Slices(samples.hold, start, end, samples.path, blame_ns)


def slice_times(acquire_ns: Ints, release_ns: Ints, samples: Samples) -> tuple[Ints, Ints]:
    """Return from when to when each sample stands for what its hold did."""
    hold, time = samples.hold, samples.time_ns
    middle = time[:-1] + (time[1:] - time[:-1]) // 2
    same = hold[1:] == hold[:-1]
    start, end = acquire_ns[hold], release_ns[hold]
    start[1:][same] = middle[same]
    end[:-1][same] = middle[same]
    return start, end
