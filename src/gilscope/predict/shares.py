"""Which part of each hold a line took: by the samples inside it, or by those of holds like it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.model import Line
    from gilscope.predict.recorded import Recorded
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

# A site with fewer samples is known by its own line only: the one at which its holds ended.
POOL_SAMPLES = 5
SIGMAS = 1.96  # of a share that was sampled: 95 of 100 lie within


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of each hold is one line's, 0 to 1: as it seems, at the least, at the most.

    At the least are the holds that were sampled themselves. Others, in which nobody waited long,
    are likely to have run what samples say of those that ended at the same place. Where there are
    none, a hold may have been spent on the line at which it ended, but nothing says so.
    """

    likely: Floats
    least: Floats
    most: Floats

    def __add__(self, other: Part) -> Part:
        return Part(
            np.minimum(1.0, self.likely + other.likely),
            np.minimum(1.0, self.least + other.least),
            np.minimum(1.0, self.most + other.most),
        )


class Shares:
    """What ran inside the holds of a GIL, which must be all of them, by line."""

    def __init__(self, trace: Trace, recorded: Recorded, gil: int = 0) -> None:
        self._holds = holds = recorded.holds
        self._lines = Lines(trace)
        seen = recorded.seen
        self._hold, self._ns, self._path = seen.row, seen.ns, seen.path
        self._unseen_ns = holds.held_ns - seen.held_ns
        self._seen_ns = int(seen.held_ns.sum())
        self._lasted_ns = recorded.lasted_ns
        self._unseen = np.clip(self._unseen_ns / np.maximum(1, holds.held_ns), 0, 1)
        self._line = self._lines.numbers(SAMPLER_TABLE, self._path)
        sites = trace.sites(gil)
        self._site, self._site_of = sites.known(recorded.of_site), sites.known(seen.site)
        self._line_of_site = self._lines.numbers(gil, sites.path)
        self._pooled = self._site_samples(len(sites)) >= POOL_SAMPLES

    def _site_samples(self, sites: int) -> Ints:
        return np.bincount(self._site_of, minlength=sites)

    def costliest(self, most: int, least_share: float) -> list[Line]:
        """Return the lines that ran for longest inside holds, longest first."""
        totals = self._totals_ns()
        held_ns = max(1, int(self._holds.held_ns.sum()))
        order = np.argsort(-totals, kind="stable")[:most].tolist()
        return [self._lines[each] for each in order if totals[each] >= least_share * held_ns]

    def _totals_ns(self) -> Floats:
        """By line, what is likely."""
        lines, sites = len(self._lines), len(self._line_of_site)
        left_ns, at = np.bincount(self._site, self._unseen_ns, sites), self._site_of
        of_site = np.where(
            self._pooled, left_ns / np.maximum(1, np.bincount(at, self._ns, sites)), 0
        )
        weight = (self._ns * (1 + of_site[at])).astype(np.float64)
        return np.bincount(self._line, weight, lines).astype(np.float64)

    def of(self, line: Line) -> Part:
        """Return which part of each hold was a line's."""
        number = next(each for each in range(len(self._lines)) if self._lines[each] == line)
        return self._of(self._line == number, self._line_of_site == number)

    def through(self, paths: npt.NDArray[np.bool_]) -> Part:
        """Return which part of each hold was spent in some paths of the sampler, a mask of them."""
        return self._of(paths[self._path], np.zeros(len(self._line_of_site), np.bool_))

    def _of(self, mine: npt.NDArray[np.bool_], sites: npt.NDArray[np.bool_]) -> Part:
        """`mine` are the samples that count; `sites` those that holds ended at may have been it."""
        own = self._own(mine)
        inferred = self._inferred(mine)
        likely = own + self._unseen * inferred
        ended_there = sites & ~self._pooled
        most = own + self._unseen * np.maximum(inferred, ended_there[self._site])
        share = float((own * self._holds.held_ns).sum()) / max(1, self._seen_ns)
        error = SIGMAS * math.sqrt(max(0.0, share * (1 - share)) / max(1, len(self._hold)))
        relative = error / share if share > 0 else 0.0
        return Part(likely, own * max(0.0, 1 - relative), np.minimum(1.0, most * (1 + relative)))

    def _own(self, mine: npt.NDArray[np.bool_]) -> Floats:
        """Only of holds with samples of their own."""
        took = np.bincount(self._hold[mine], self._ns[mine], len(self._holds))
        part: Floats = np.minimum(1 - self._unseen, took / np.maximum(1, self._lasted_ns))
        return part

    def _inferred(self, mine: npt.NDArray[np.bool_]) -> Floats:
        """Of holds without samples: as those of their site say."""
        sites = len(self._line_of_site)
        took = np.bincount(self._site_of[mine], self._ns[mine], sites)
        total = np.bincount(self._site_of, self._ns, sites)
        by_site: Floats = np.where(self._pooled, took / np.maximum(1, total), 0.0)
        return by_site[self._site]
