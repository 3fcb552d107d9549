"""What a process held, waited and made others wait, by call path: what flame graphs are made of.

Goes through the holds of each GIL once more, by the rules of the analysis, so that its sums are
those of the report's tables.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.ahead import ahead
from gilscope.analysis.asleep import Locked, OffStretches
from gilscope.analysis.blame import Blame, divided
from gilscope.analysis.gilless import told_apart
from gilscope.analysis.lines import Lines
from gilscope.analysis.pairs import Pairs
from gilscope.analysis.purpose import Purposes
from gilscope.analysis.resumes import Resumes
from gilscope.analysis.sampling import SampleTable, slice_times
from gilscope.analysis.stretch import Queues, known_sites, open_holds, stretches
from gilscope.analysis.tallies import thread_count
from gilscope.analysis.victims import Victims
from gilscope.picture.lengths import Lengths
from gilscope.trace import SAMPLER_TABLE, SiteFlags
from gilscope.trace.layout import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Path = tuple[int, int]  # of which table, and which

# As the analysis takes them: with other blocks, what it draws at random would be other moments.
BLOCK_ROWS = 1 << 20


class Sums:
    """All sums of one process; thread-ns by call path, or by thread and thread."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.held: dict[Path, float] = defaultdict(float)
        self.waited: dict[Path, float] = defaultdict(float)
        self.blame: dict[Path, float] = defaultdict(float)
        self.lock: dict[Path, float] = defaultdict(float)
        self.off: dict[Path, float] = defaultdict(float)
        self.pairs: dict[tuple[int, int], float] = defaultdict(float)  # culprit, victim
        self.holds, self.waits, self.lock_waits = Lengths(), Lengths(), Lengths()
        purposes = Purposes(trace)
        locks, idle, self.stops = told_apart(trace.lock_waits(), purposes)
        self.locked, self.purposes = Locked(locks), purposes
        self.lines = Lines(trace)
        self._add_locks(locks.select(~idle))

    def run(self) -> Iterator[int]:
        """Go through all holds; yield how many rows have been dealt with."""
        for gil in self.trace.gils:
            walk = _OfGil(self, gil)
            blocks = self.trace.hold_blocks(gil, max_rows=BLOCK_ROWS, backward=True)
            for stretch in ahead(stretches(known_sites(blocks, walk.sites), walk.ending)):
                walk.add(stretch)
                yield len(stretch)
            walk.finish()

    def _add_locks(self, waits: LockWaits) -> None:
        key, inverse = np.unique(waits.table << 32 | waits.path, return_inverse=True)
        sums = np.bincount(inverse, weights=waits.wait_ns, minlength=len(key))
        for each, ns in zip(key.tolist(), sums.tolist(), strict=True):
            self.lock[divmod(each, 1 << 32)] += ns
        self.lock_waits.add(waits.wait_ns)


class _OfGil:
    """The way through the holds of one GIL."""

    def __init__(self, sums: Sums, gil: int) -> None:
        trace = sums.trace
        self._sums, self._gil = sums, gil
        sites, paths = trace.sites(gil), trace.paths(gil)
        self.sites = len(sites)
        self.ending = open_holds(trace, gil, self.sites)
        self._open_paths = np.where(self.ending.path < len(paths), self.ending.path, 0)
        self._site_path = np.concatenate([sites.path, self._open_paths])
        forced = np.zeros(len(self._site_path), np.bool_)
        forced[: self.sites] = sites.flags & SiteFlags.FORCED != 0
        self._paths, sampler_paths = len(paths), len(trace.paths(SAMPLER_TABLE))
        samples = trace.samples()
        self._samples = SampleTable(samples, gil, sampler_paths)
        self._seen = SampleTable(with_looks(trace, samples), gil, sampler_paths)
        self._resumes = trace.resumes(gil)
        self._held_of_site = np.zeros(len(self._site_path))
        self._held_of_path = np.zeros(sampler_paths)
        self._blame = Blame(gil, self._site_path, sampler_paths)
        self._victims = Victims(self._site_path, len(paths))
        self._pairs = Pairs(len(self._site_path), thread_count(trace))
        self._off = OffStretches(self._site_path, forced, thread_count(trace), sums.locked)

    def add(self, stretch: Stretch) -> None:
        self._add_held(stretch)
        samples = self._samples.of(stretch)
        busy = np.zeros(len(stretch), np.bool_)
        busy[samples.hold] = True
        queues = Queues(stretch, busy)
        cut = self._blame.add(stretch, samples, queues)
        self._pairs.add(stretch, cut)
        self._add_waits(stretch)
        held = slice(len(stretch) - stretch.still_waiting)
        holds = stretch.holds
        self._sums.holds.add(stretch.hold_ns[held], holds.count[held], holds.longest_ns[held])

    def _add_held(self, stretch: Stretch) -> None:
        """Divide each hold by what was seen in it; else it counts for where it ended."""
        holds, seen = stretch.holds, self._seen.of(stretch)
        start, end = slice_times(holds.acquire_ns, holds.release_ns, seen)
        length = np.maximum(1, holds.release_ns - holds.acquire_ns)[seen.hold]
        part = (end - start) * (stretch.hold_ns[seen.hold] / length)
        np.add.at(self._held_of_path, seen.path, part)
        unseen = stretch.hold_ns.astype(np.float64)
        unseen[seen.hold] = 0
        self._held_of_site += np.bincount(holds.site, unseen, len(self._held_of_site))

    def _add_waits(self, stretch: Stretch) -> None:
        waiting, holds = stretch.waiting, stretch.holds
        row = waiting.row[: waiting.ending]
        self._sums.waits.add(holds.acquire_ns[row] - holds.request_ns[row])
        if stretch.is_open:
            self._off.add(stretch, None)
            self._victims.add(stretch, self._open_paths[holds.site[row] - self.sites])
            return
        resumes = Resumes(stretch, self._resumes, self._paths)
        self._off.add(stretch, resumes)
        self._victims.add(stretch, resumes.path_of_waits(stretch))

    def finish(self) -> None:
        sums, gil = self._sums, self._gil
        self._victims.finish()
        mixes = self._blame.mixes(sums.lines)
        sampled, released = divided(self._blame, mixes)
        self._add(sums.held, SAMPLER_TABLE, self._held_of_path)
        self._add(sums.held, gil, self._by_path(self._held_of_site))
        self._add(sums.blame, SAMPLER_TABLE, sampled)
        self._add(sums.blame, gil, self._by_path(released))
        self._add(sums.waited, gil, self._victims.wait_ns.astype(np.float64))
        self._off.finish(sums.trace.threads)
        for (_, path), known in self._off.sums.items():
            if not sums.purposes.is_idle(gil, path):
                sums.off[gil, path] += known.off_ns
        for culprit, victim, ns in self._pairs.by_thread():
            sums.pairs[culprit, victim] += ns

    def _by_path(self, of_site: Floats) -> Floats:
        size = max(self._paths, 1)
        return np.bincount(self._site_path, of_site, size)[:size].astype(np.float64)

    def _add(self, into: dict[Path, float], table: int, by_path: Floats) -> None:
        for path in np.flatnonzero(by_path > 0).tolist():
            into[table, path] += float(by_path[path])


def with_looks(trace: Trace, samples: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return samples, and looks as if they were some, by time."""
    looks = trace.looks()
    rows = np.zeros(len(looks), SAMPLE)
    for name in ("time_ns", "acquire_ns", "thread", "path_id", "gil"):
        rows[name] = looks[name]
    both = np.concatenate([samples, rows])
    return both[np.argsort(both["time_ns"], kind="stable")]
