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
from gilscope.analysis.purpose import Purposes
from gilscope.analysis.resumes import Resumes
from gilscope.analysis.sampling import SampleTable, slice_times
from gilscope.analysis.stretch import Queues, known_sites, open_holds, stretches
from gilscope.analysis.victims import Victims
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from gilscope.analysis.sampling import Samples
    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

BLOCK_ROWS = 1 << 19
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
    sums = _Sums()
    total = sum(trace.hold_count(gil) for gil in trace.gils)
    lines, samples, seen = Lines(trace), trace.samples(), seen_in_holds(trace)
    done = 0
    for gil in trace.gils:
        walk = _Walk(trace, gil, samples, seen)
        blocks = trace.hold_blocks(gil, max_rows=BLOCK_ROWS, backward=True)
        for stretch in ahead(stretches(known_sites(blocks, walk.sites), walk.ending)):
            walk.add(stretch)
            done += len(stretch)
            report(min(1.0, done / total) if total else 1.0)
        walk.finish(sums, lines)
    _add_locks(trace, sums)
    return Stacks(sums.weights, sums.seen_ns)


def seen_in_holds(trace: Trace) -> npt.NDArray[np.void]:
    """All that was seen to run in holds, whoever waited, as one table."""
    samples, looks = trace.samples(), trace.looks()
    rows = np.zeros(len(samples) + len(looks), samples.dtype)
    for name in _SEEN_FIELDS:
        rows[name] = np.concatenate([samples[name], looks[name]])
    return rows


@dataclass(slots=True)
class _Sums:
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


class _Walk:
    """The way through the holds of one GIL."""

    def __init__(
        self, trace: Trace, gil: int, samples: npt.NDArray[np.void], seen: npt.NDArray[np.void]
    ) -> None:
        sites, paths = trace.sites(gil), trace.paths(gil)
        self.sites = len(sites)
        self.ending = open_holds(trace, gil, self.sites)
        self._gil, self._paths = gil, len(paths)
        self._open_paths = np.where(self.ending.path < len(paths), self.ending.path, 0)
        self._site_path = np.concatenate([sites.path, self._open_paths])
        sampler_paths = len(trace.paths(SAMPLER_TABLE))
        self._samples = SampleTable(samples, gil, sampler_paths)
        self._seen = SampleTable(seen, gil, sampler_paths)
        self._resumes = trace.resumes(gil)
        self._blame = Blame(gil, self._site_path, sampler_paths)
        self._victims = Victims(self._site_path, len(paths))
        self._held_seen = np.zeros(sampler_paths, np.float64)
        self._held = np.zeros(len(paths), np.int64)

    def add(self, stretch: Stretch) -> None:
        samples = self._samples.of(stretch)
        has_samples = np.zeros(len(stretch), np.bool_)
        has_samples[samples.hold] = True
        self._blame.add(stretch, samples, Queues(stretch, has_samples))
        self._add_waits(stretch)
        self._add_held(stretch, self._seen.of(stretch))

    def _add_waits(self, stretch: Stretch) -> None:
        waiting = stretch.waiting
        if stretch.is_open:
            site = stretch.holds.site[waiting.row[: waiting.ending]]
            self._victims.add(stretch, self._open_paths[site - self.sites])
        else:
            resumes = Resumes(stretch, self._resumes, self._paths)
            self._victims.add(stretch, resumes.path_of_waits(stretch))

    def _add_held(self, stretch: Stretch, seen: Samples) -> None:
        holds, hold_ns = stretch.holds, stretch.hold_ns.copy()
        start, end = slice_times(holds.acquire_ns, holds.release_ns, seen)
        length = np.maximum(1, holds.release_ns - holds.acquire_ns)[seen.hold]
        share_ns = (end - start) * (hold_ns[seen.hold] / length)
        np.add.at(self._held_seen, seen.path, share_ns)
        hold_ns[seen.hold] = 0
        path = self._site_path[holds.site]
        sums = np.bincount(path, weights=hold_ns, minlength=len(self._held))
        self._held += sums.astype(np.int64)

    def finish(self, sums: _Sums, lines: Lines) -> None:
        self._victims.finish()
        sampled, released = divided(self._blame, self._blame.mixes(lines))
        by_path = np.bincount(self._site_path, weights=released, minlength=self._paths)
        sums.add(StackKind.BLAME, SAMPLER_TABLE, sampled)
        sums.add(StackKind.BLAME, self._gil, by_path)
        sums.add(StackKind.WAITED, self._gil, self._victims.wait_ns)
        sums.add(StackKind.HELD, SAMPLER_TABLE, self._held_seen)
        sums.add(StackKind.HELD, self._gil, self._held)


def _add_locks(trace: Trace, sums: _Sums) -> None:
    waits, idle, _ = told_apart(trace.lock_waits(), Purposes(trace))
    waits = waits.select(~idle)
    for table in np.unique(waits.table).tolist():
        mine = waits.select(waits.table == table)
        by_path = np.bincount(mine.path, weights=mine.wait_ns)
        sums.add(StackKind.LOCKS, table, by_path)
