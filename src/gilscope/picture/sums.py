"""What a process held, waited and made others wait, by call path: what flame graphs are made of.

Goes through the holds of each GIL once more, by the rules of the analysis, so that its sums are
those of the report's tables.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.asleep import OffStretches, Waited
from gilscope.analysis.gilless import told_apart
from gilscope.analysis.lines import Lines
from gilscope.analysis.pairs import Pairs
from gilscope.analysis.purpose import Purposes
from gilscope.analysis.stacks import HoldStacks, StackSums, seen_in_holds
from gilscope.analysis.tallies import thread_count
from gilscope.picture.lengths import Lengths
from gilscope.trace import SAMPLER_TABLE, SiteFlags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from gilscope.analysis.stacks import StackKind
    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import Trace

    Path = tuple[int, int]  # of which table, and which


class Sums:
    """All sums of one process; thread-ns by call path, or by thread and thread."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.stacks = StackSums()
        self.off: dict[Path, float] = defaultdict(float)
        self.pairs: dict[tuple[int, int], float] = defaultdict(float)  # culprit, victim
        self.holds, self.waits, self.lock_waits = Lengths(), Lengths(), Lengths()
        purposes = Purposes(trace)
        locks, idle, self.stops = told_apart(trace.lock_waits(), purposes)
        self.locked, self.purposes = Waited.for_locks(locks), purposes
        self.lines = Lines(trace)
        waits = locks.select(~idle)
        self.stacks.add_locks(waits)
        self.lock_waits.add(waits.wait_ns)

    @property
    def weights(self) -> Mapping[StackKind, Mapping[Path, float]]:
        """By call path, what it held, waited and caused."""
        return self.stacks.weights

    def run(self) -> Iterator[int]:
        """Go through all holds; yield how many rows have been dealt with."""
        seen = seen_in_holds(self.trace)
        for gil in self.trace.gils:
            walk = _OfGil(self, gil, seen)
            for stretch in walk.holds.stretches():
                walk.add(stretch)
                yield len(stretch)
            walk.finish()


class _OfGil:
    """The way through the holds of one GIL."""

    def __init__(self, sums: Sums, gil: int, seen: npt.NDArray[np.void]) -> None:
        trace = sums.trace
        self._sums, self._gil = sums, gil
        self.holds = HoldStacks(trace, gil, seen)
        site_path, flags = self.holds.site_path, trace.sites(gil).flags
        forced = np.zeros(len(site_path), np.bool_)
        forced[: len(flags)] = flags & SiteFlags.FORCED != 0
        self._pairs = Pairs(len(site_path), thread_count(trace))
        self._off = OffStretches(site_path, forced, trace, sums.locked)

    def add(self, stretch: Stretch) -> None:
        cut, resumes = self.holds.add(stretch)
        self._pairs.add(stretch, cut)
        self._off.add(stretch, resumes)
        waiting, holds = stretch.waiting, stretch.holds
        row = waiting.row[: waiting.ending]
        self._sums.waits.add(holds.acquire_ns[row] - holds.request_ns[row])
        held = slice(len(stretch) - stretch.still_waiting)
        self._sums.holds.add(stretch.hold_ns[held], holds.count[held], holds.longest_ns[held])

    def finish(self) -> None:
        sums, gil = self._sums, self._gil
        self.holds.finish(sums.stacks, sums.lines)
        self._off.finish(sums.trace.threads)
        for table, found in ((gil, self._off.sums), (SAMPLER_TABLE, self._off.looked)):
            for (_, path), known in found.items():
                if not sums.purposes.is_idle(table, path):
                    sums.off[table, path] += known.off_ns
        for culprit, victim, ns in self._pairs.by_thread():
            sums.pairs[culprit, victim] += ns
