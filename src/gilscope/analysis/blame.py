"""Divide the waiting that holds caused over the lines that ran inside them.

How much each hold is to blame for is exact. What ran inside is sampled. A hold with many samples
is divided by them. All others are pooled by the site where they ended, samples and blame alike:
the more waited at the moment of a sample, the more it counts, so that the expected share of a
line is its share of the pool's blame, whatever the length of the holds and wherever in them the
waiters came.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.sampling import OWN_SAMPLES, slices

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.sampling import Samples, Slices
    from gilscope.analysis.stretch import Queues, Stretch

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

# A site with fewer samples is pooled with those that end at the same line.
_POOL_SAMPLES = 5


@dataclass(slots=True)
class Mix:
    """What ran, by sampler path, with the weight of each; and how many samples say so."""

    paths: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    samples: int = 0

    def extend(self, other: Mix) -> None:
        self.paths += other.paths
        self.weights += other.weights
        self.samples += other.samples

    @property
    def total(self) -> float:
        return sum(self.weights)


class Blame:
    """The blame of the holds of one GIL."""

    def __init__(self, gil: int, site_path: Ints, sampler_paths: int) -> None:
        self.gil = gil
        self.site_path = site_path
        self.of_path = np.zeros(sampler_paths, np.float64)  # of holds with samples of their own
        self.of_site = np.zeros(len(site_path), np.float64)  # of all others: pooled
        self._pooled: list[tuple[Ints, Ints, Ints]] = []  # site, path, weight
        self._owned: list[tuple[Ints, Ints, Ints]] = []

    def add(self, stretch: Stretch, samples: Samples, queues: Queues) -> Slices:
        """Add a stretch; return the slices of the holds that have samples of their own."""
        sites = stretch.holds.site
        counts = np.bincount(samples.hold, minlength=len(stretch))
        own = counts >= OWN_SAMPLES
        pooled = np.where(own, 0, stretch.blame_ns)
        self.of_site += np.bincount(sites, weights=pooled, minlength=len(self.of_site))
        alone = own[samples.hold]
        cut = slices(stretch, samples.select(alone), queues)
        np.add.at(self.of_path, cut.path, cut.blame_ns.astype(np.float64))
        self._owned.append((sites[cut.hold], cut.path, cut.blame_ns))
        rest = samples.select(~alone)
        weight = queues.length(rest.hold, rest.time_ns)
        self._pooled.append((sites[rest.hold], rest.path, weight))
        return cut

    def mixes(self, lines: Lines) -> dict[int, Mix]:
        """Say for each site with pooled blame what ran in the holds that ended there.

        A site that is not in the answer has nothing to go by but its own line.
        """
        pooled, owned = _by_site(self._pooled), _by_site(self._owned)
        mixes: dict[int, Mix] = {}
        small: dict[int, list[int]] = defaultdict(list)
        for site in np.flatnonzero(self.of_site > 0).tolist():
            mix = pooled.get(site)
            if mix is not None and mix.samples >= _POOL_SAMPLES:
                mixes[site] = mix
            else:
                small[lines.number(self.gil, int(self.site_path[site]))].append(site)
        by_line: dict[int, list[int]] = defaultdict(list)
        for site in {*pooled, *owned} if small else ():
            by_line[lines.number(self.gil, int(self.site_path[site]))].append(site)
        for line, sites in small.items():
            mix = _pool([pooled], sites) or _pool([pooled, owned], by_line[line])
            if mix is not None:
                mixes.update(dict.fromkeys(sites, mix))
        return mixes


def _pool(tables: list[dict[int, Mix]], sites: list[int]) -> Mix | None:
    mix = Mix()
    for table in tables:
        for site in sites:
            if site in table:
                mix.extend(table[site])
    return mix if mix.total > 0 else None


def _by_site(rows: list[tuple[Ints, Ints, Ints]]) -> dict[int, Mix]:
    """Gather samples by site; those at a moment when nobody waited any more do not count."""
    mixes: dict[int, Mix] = defaultdict(Mix)
    if not rows:
        return mixes
    site, path, weight = (np.concatenate(column) for column in zip(*rows, strict=True))
    site, path, weight = site[weight > 0], path[weight > 0], weight[weight > 0]
    key, inverse = np.unique(site << 32 | path, return_inverse=True)
    counts, sums = np.bincount(inverse), np.bincount(inverse, weights=weight)
    for each, count, much in zip(key.tolist(), counts.tolist(), sums.tolist(), strict=True):
        mixes[each >> 32].extend(Mix([each & 0xFFFFFFFF], [much], count))
    return dict(mixes)


def divided(blame: Blame, mixes: dict[int, Mix]) -> tuple[Floats, Floats]:
    """Return the blame by sampler path, and that which only a release site tells, by site."""
    sampled = blame.of_path.copy()
    released = blame.of_site.copy()
    # Sites that share a mix are divided at once.
    totals: dict[int, float] = defaultdict(float)
    for site, mix in mixes.items():
        totals[id(mix)] += blame.of_site[site]
        released[site] = 0
    for mix in {id(mix): mix for mix in mixes.values()}.values():
        weights = np.array(mix.weights) * (totals[id(mix)] / mix.total)
        np.add.at(sampled, np.array(mix.paths), weights)
    return sampled, released
