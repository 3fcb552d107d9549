"""Call paths with what each held, waited and made others wait: what flame graphs are made of.

The sums are those of the tables of an `Analysis`: blame is divided as for its rows by line, waits
are those of its victims, and waits for locks those of its `locks` that are not a purpose. What ran
inside a hold is known where samples or looks fell into it; for the rest, by where the hold ended.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.ahead import ahead
from gilscope.analysis.blame import Blame, divided
from gilscope.analysis.gilless import told_apart
from gilscope.analysis.lines import Lines
from gilscope.analysis.ownwaits import own_holds
from gilscope.analysis.purpose import Purposes
from gilscope.analysis.resumes import Resumes
from gilscope.analysis.sampling import SampleTable, slice_times
from gilscope.analysis.stretch import Queues, known_sites, open_holds, stretches
from gilscope.analysis.victims import Victims
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy.typing as npt

    from gilscope.analysis.sampling import Samples, Slices
    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_SEEN_FIELDS = ("time_ns", "acquire_ns", "thread", "path_id", "gil")


class StackKind(StrEnum):
    """What the weight of a call path is."""

    HELD = "held"  # the time for which it had the GIL
    WAITED = "waited"  # for which it waited for the GIL
    BLAME = "blame"  # that others waited for the GIL because of it
    LOCKS = "locks"  # for which it waited for locks, but for waits that are a purpose


@dataclass(frozen=True, slots=True)
class Stacks:
    """Weights of call paths in thread-nanoseconds, by kind: (table, path id) to ns.

    A path is in `trace.paths(table)`; id 0 is "no Python frame known". `seen_ns` is how much of
    what was held, or is blamed, is known by samples; the rest by where holds ended.
    """

    weights: Mapping[StackKind, Mapping[tuple[int, int], float]]
    seen_ns: Mapping[StackKind, float]

    def total_ns(self, kind: StackKind) -> float:
        return sum(self.weights[kind].values())


def stacks_of(trace: Trace, *, progress: Callable[[float], None] | None = None) -> Stacks:
    """Add up what each call path of one process held, waited and caused.

    Of a trace whose size was limited, of the rows that are kept. `progress` is called with the
    fraction done, 0 to 1.
    """
    report = progress or (lambda _: None)
    sums = StackSums()
    total = sum(trace.hold_count(gil) for gil in trace.gils)
    lines, seen = Lines(trace), seen_in_holds(trace)
    done = 0
    for gil in trace.gils:
        holds = HoldStacks(trace, gil, seen)
        for stretch in holds.stretches():
            holds.add(stretch)
            done += len(stretch)
            report(min(1.0, done / total) if total else 1.0)
        holds.finish(sums, lines)
    waits, idle, _ = told_apart(trace.lock_waits(), Purposes(trace))
    sums.add_locks(waits.select(~idle))
    return Stacks(sums.weights, sums.seen_ns)


def seen_in_holds(trace: Trace) -> npt.NDArray[np.void]:
    """All that was seen to run in holds, whoever waited, as one table."""
    samples, looks = trace.samples(), trace.looks()
    rows = np.zeros(len(samples) + len(looks), samples.dtype)
    for name in _SEEN_FIELDS:
        rows[name] = np.concatenate([samples[name], looks[name]])
    return rows


@dataclass(slots=True)
class StackSums:
    """Weights that are being added up: as in `Stacks`."""

    weights: dict[StackKind, dict[tuple[int, int], float]] = field(
        default_factory=lambda: {kind: defaultdict(float) for kind in StackKind}
    )
    seen_ns: dict[StackKind, float] = field(
        default_factory=lambda: {StackKind.HELD: 0.0, StackKind.BLAME: 0.0}
    )

    def add(self, kind: StackKind, table: int, by_path: Floats | Ints) -> None:
        weights = self.weights[kind]
        for path in np.flatnonzero(by_path > 0).tolist():
            weights[table, path] += float(by_path[path])
        if table == SAMPLER_TABLE and kind in self.seen_ns:
            self.seen_ns[kind] += float(by_path.sum())

    def add_locks(self, waits: LockWaits) -> None:
        for table in np.unique(waits.table).tolist():
            mine = waits.select(waits.table == table)
            self.add(StackKind.LOCKS, table, np.bincount(mine.path, weights=mine.wait_ns))


class HoldStacks:
    """What call paths held, waited for and caused under one GIL.

    All its `stretches()` are to be added, in their order. `seen` is what was seen in holds.
    """

    def __init__(self, trace: Trace, gil: int, seen: npt.NDArray[np.void]) -> None:
        sites, paths = trace.sites(gil), trace.paths(gil)
        self._trace, self._gil, self._paths = trace, gil, len(paths)
        self._sites, self._ending = len(sites), open_holds(trace, gil, len(sites))
        self._open_paths = np.where(self._ending.path < len(paths), self._ending.path, 0)
        self.site_path = np.concatenate([sites.path, self._open_paths])
        sampler_paths = len(trace.paths(SAMPLER_TABLE))
        self._samples = SampleTable(trace.samples(), gil, sampler_paths)
        self._seen = SampleTable(seen, gil, sampler_paths)
        self._resumes = trace.resumes(gil)
        self._blame = Blame(gil, self.site_path, sampler_paths)
        self._victims = Victims(self.site_path, len(paths))
        self._held_seen = np.zeros(sampler_paths, np.float64)
        self._held = np.zeros(len(paths), np.int64)

    def stretches(self) -> Iterator[Stretch]:
        """Read the holds, newest first."""
        blocks = own_holds(self._trace, self._gil, backward=True)
        return ahead(stretches(known_sites(blocks, self._sites), self._ending))

    def add(self, stretch: Stretch) -> tuple[Slices, Resumes | None]:
        """Add a stretch; return how its holds were cut, and what preceded those that had ended."""
        samples = self._samples.of(stretch)
        has_samples = np.zeros(len(stretch), np.bool_)
        has_samples[samples.hold] = True
        cut = self._blame.add(stretch, samples, Queues(stretch, has_samples))
        self._add_held(stretch, self._seen.of(stretch))
        return cut, self._add_waits(stretch)

    def _add_waits(self, stretch: Stretch) -> Resumes | None:
        waiting = stretch.waiting
        if stretch.is_open:
            site = stretch.holds.site[waiting.row[: waiting.ending]]
            self._victims.add(stretch, self._open_paths[site - self._sites])
            return None
        resumes = Resumes(stretch.holds, self._resumes, self._paths)
        self._victims.add(stretch, resumes.path_of_waits(stretch))
        return resumes

    def _add_held(self, stretch: Stretch, seen: Samples) -> None:
        """Divide each hold by what was seen in it; else it counts for where it ended."""
        holds, hold_ns = stretch.holds, stretch.hold_ns.copy()
        start, end = slice_times(holds.acquire_ns, holds.release_ns, seen)
        length = np.maximum(1, holds.release_ns - holds.acquire_ns)[seen.hold]
        share_ns = (end - start) * (hold_ns[seen.hold] / length)
        np.add.at(self._held_seen, seen.path, share_ns)
        hold_ns[seen.hold] = 0
        path = self.site_path[holds.site]
        sums = np.bincount(path, weights=hold_ns, minlength=len(self._held))
        self._held += sums.astype(np.int64)

    def finish(self, sums: StackSums, lines: Lines) -> None:
        """Add it all to some sums."""
        self._victims.finish()
        sampled, released = divided(self._blame, self._blame.mixes(lines))
        by_path = np.bincount(self.site_path, weights=released, minlength=self._paths)
        sums.add(StackKind.BLAME, SAMPLER_TABLE, sampled)
        sums.add(StackKind.BLAME, self._gil, by_path)
        sums.add(StackKind.WAITED, self._gil, self._victims.wait_ns)
        sums.add(StackKind.HELD, SAMPLER_TABLE, self._held_seen)
        sums.add(StackKind.HELD, self._gil, self._held)
