"""Who cost whom: waiting by the thread and line that held, and the thread that waited."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.model import PairRow
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gilscope.analysis.blame import Mix
    from gilscope.analysis.lines import Lines
    from gilscope.analysis.sampling import Slices
    from gilscope.analysis.stretch import Stretch

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

MAX_PAIRS = 50

# With many waiters the combinations of waits and holds outnumber both. Up to this many in a block
# all are counted; beyond that as many moments of waiting are drawn evenly, which is exact to a
# fraction of a percent of the total.
_MOST_EXACT = 200_000
_DRAWN = 20_000
_COMPACT_AT = 500_000
_MOST_KEPT = 100_000
# Only so many combinations are worth naming lines for.
_MOST_NAMED = 2_000
_MOST_LINES = 50  # of one cause


class Pairs:
    """Waiting by (cause, culprit thread, victim thread) for one GIL.

    A cause is a site, for holds that end there; or, from the number of sites on, a sampler path,
    for the slices of holds that have samples of their own.
    """

    def __init__(self, sites: int, threads: int) -> None:
        self.sites = sites
        self._threads = threads
        self._keys: list[Ints] = [np.empty(0, np.int64)]
        self._sums: list[Floats] = [np.empty(0, np.float64)]
        self._pending = 0
        self._random = np.random.default_rng(0)

    def add(self, stretch: Stretch, cut: Slices) -> None:
        total = int(stretch.blame_ns.sum())
        if not total:
            return
        holds = _Line(stretch, cut, self.sites)
        first, last = holds.covered(stretch)
        if int((last - first).sum()) <= _MOST_EXACT:
            wait, held, much = _all(stretch, holds, first, last)
        else:
            wait, held, much = _drawn(stretch, holds, self._random)
            # What was drawn stands for what is known exactly.
            much *= total / max(1.0, float(much.sum()))
        key = holds.cause[held] * self._threads + holds.thread[held]
        self._count(key * self._threads + stretch.waiting.thread[wait], much)

    def top(self) -> list[tuple[int, int, int, float]]:
        """Return the largest sums as (cause, culprit, victim, ns)."""
        self._compact()
        keys, sums = self._keys[0], self._sums[0]
        top = np.argsort(-sums, kind="stable")[:_MOST_NAMED]
        rest, victim = np.divmod(keys[top], self._threads)
        cause, culprit = np.divmod(rest, self._threads)
        columns = (cause.tolist(), culprit.tolist(), victim.tolist(), sums[top].tolist())
        return list(zip(*columns, strict=True))

    def by_thread(self) -> list[tuple[int, int, float]]:
        """Return the sums over all causes as (culprit, victim, ns)."""
        self._compact()
        threads = self._keys[0] % self._threads**2
        key, inverse = np.unique(threads, return_inverse=True)
        columns = (*np.divmod(key, self._threads), _sums(inverse, self._sums[0]))
        return list(zip(*(each.tolist() for each in columns), strict=True))

    def path_of(self, cause: int) -> int | None:
        """Return the sampler path that a cause is; None if it is a site."""
        return cause - self.sites if cause >= self.sites else None

    def _count(self, key: Ints, much: Floats) -> None:
        unique, inverse = np.unique(key, return_inverse=True)
        self._keys.append(unique)
        self._sums.append(_sums(inverse, much))
        self._pending += len(unique)
        if self._pending > _COMPACT_AT:
            self._compact()

    def _compact(self) -> None:
        unique, inverse = np.unique(np.concatenate(self._keys), return_inverse=True)
        sums = _sums(inverse, np.concatenate(self._sums))
        if len(unique) > _MOST_KEPT:
            kept = np.sort(np.argpartition(-sums, _MOST_KEPT)[:_MOST_KEPT])
            unique, sums = unique[kept], sums[kept]
        self._keys, self._sums = [unique], [sums]
        self._pending = 0


def _sums(inverse: Ints, much: Floats) -> Floats:
    return np.bincount(inverse, weights=much).astype(np.float64, copy=False)


class _Line:
    """The holds of a stretch in order, those with slices replaced by them."""

    def __init__(self, stretch: Stretch, cut: Slices, sites: int) -> None:
        holds = stretch.holds
        self.begin, self.end = holds.acquire_ns, holds.release_ns
        self.thread, self.cause = holds.thread, holds.site
        self.row = np.arange(len(stretch))
        # Of turns that have a row together, a part was held: nobody is to blame for the rest.
        self.held_part = stretch.hold_ns / np.maximum(1, holds.release_ns - holds.acquire_ns)
        if len(cut.hold):
            whole = np.ones(len(stretch), np.bool_)
            whole[cut.hold] = False
            row = np.concatenate([self.row[whole], cut.hold])
            begin = np.concatenate([self.begin[whole], cut.start_ns])
            order = np.lexsort((begin, row))
            self.row, self.begin = row[order], begin[order]
            self.end = np.concatenate([self.end[whole], cut.end_ns])[order]
            self.cause = np.concatenate([self.cause[whole], sites + cut.path])[order]
            self.thread = self.thread[self.row]
            self.held_part = self.held_part[self.row]

    def covered(self, stretch: Stretch) -> tuple[Ints, Ints]:
        """Return for each wait the range of entries that it may overlap."""
        waiting = stretch.waiting
        first = np.where(waiting.inside >= 0, waiting.inside, waiting.after)
        if len(self.row) == len(stretch):
            return first, waiting.row
        entry = np.searchsorted(self.row, np.arange(len(stretch) + 1), side="left")
        return entry[first], entry[waiting.row]


def _all(stretch: Stretch, holds: _Line, first: Ints, last: Ints) -> tuple[Ints, Ints, Floats]:
    counts = last - first
    wait = np.repeat(np.arange(len(counts)), counts)
    held = np.arange(len(wait)) - np.repeat(np.cumsum(counts) - counts, counts) + first[wait]
    begin = np.maximum(holds.begin[held], stretch.waiting.request_ns[wait])
    much = (holds.end[held] - begin).astype(np.float64)
    return wait, held, np.maximum(much, 0.0) * holds.held_part[held]


def _drawn(
    stretch: Stretch, holds: _Line, random: np.random.Generator
) -> tuple[Ints, Ints, Floats]:
    """Draw moments of waiting, one from each of equal parts of all waiting in the stretch."""
    waiting, block = stretch.waiting, stretch.holds
    ends = np.append(block.acquire_ns, block.release_ns[-1])[waiting.row]
    starts = np.maximum(waiting.request_ns, block.acquire_ns[0])
    upto = np.cumsum(np.maximum(0, ends - starts))
    point = (np.arange(_DRAWN) + random.random(_DRAWN)) * (int(upto[-1]) / _DRAWN)
    wait = np.minimum(np.searchsorted(upto, point, side="right"), len(upto) - 1)
    time = ends[wait] - (upto[wait] - point).astype(np.int64)
    held = np.maximum(0, np.searchsorted(holds.begin, time, side="right") - 1)
    in_hold = (time >= holds.begin[held]) & (time < holds.end[held])
    held, wait = held[in_hold], wait[in_hold]
    return wait, held, holds.held_part[held]


class PairSums:
    """The pairs of all GILs, by the threads' names and the number of the line."""

    def __init__(self, name: Callable[[int], str], lines: Lines) -> None:
        self._name = name
        self._lines = lines
        self._sums: dict[tuple[str, int, str], float] = defaultdict(float)

    def add(self, pairs: Pairs, mixes: dict[int, Mix], site_path: Ints, gil: int) -> None:
        shares: dict[int, list[tuple[int, float]]] = {}
        for cause, culprit, victim, much in pairs.top():
            if cause not in shares:
                path = pairs.path_of(cause)
                if path is not None:
                    shares[cause] = [(self._lines.number(SAMPLER_TABLE, path), 1.0)]
                elif cause in mixes:
                    shares[cause] = self._shares(mixes[cause])
                else:
                    shares[cause] = [(self._lines.number(gil, int(site_path[cause])), 1.0)]
            names = self._name(culprit), self._name(victim)
            for line, share in shares[cause]:
                self._sums[names[0], line, names[1]] += much * share

    def rows(self) -> tuple[PairRow, ...]:
        """Return the largest MAX_PAIRS."""
        top = sorted(self._sums.items(), key=lambda each: -each[1])[:MAX_PAIRS]
        return tuple(
            PairRow(culprit, self._lines[line], victim, much / 1e9)
            for (culprit, line, victim), much in top
            if much > 0
        )

    def _shares(self, mix: Mix) -> list[tuple[int, float]]:
        shares: dict[int, float] = defaultdict(float)
        for path, weight in zip(mix.paths, mix.weights, strict=True):
            shares[self._lines.number(SAMPLER_TABLE, path)] += weight / mix.total
        return sorted(shares.items(), key=lambda each: -each[1])[:_MOST_LINES]
