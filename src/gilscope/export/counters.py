"""How much a GIL was held, and how many waited for it, over the time of the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.shares import Shares

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.export.slices import Slices

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

MOST_POINTS = 1000


@dataclass(frozen=True, slots=True)
class Counters:
    """Averages over equal parts of the time: `begin_ns` of each, and what it was there.

    `held` is a share from 0 to 1; `waiting` how many threads waited, on average.
    """

    begin_ns: Ints
    held: Floats
    waiting: Floats


def counters_of(slices: Slices, end_ns: int, points: int = MOST_POINTS) -> Counters:
    """Average what all lanes of a GIL did, given the slices of its threads.

    What a slice of several holds contains counts evenly over it.
    """
    wall_ns = max(1, end_ns)
    points = max(1, min(points, wall_ns))
    held, waited = (Shares(1, points, wall_ns) for _ in range(2))
    sums = []
    for shares, much in ((held, slices.held_ns), (waited, slices.waited_ns)):
        single = much == slices.end_ns - slices.begin_ns
        for part in _parts(slices.select(single & (much > 0))):
            shares.add(np.zeros(len(part), np.int64), part.begin_ns, part.end_ns)
        grid = shares.nanoseconds()[0].astype(np.float64)
        several = slices.select(~single & (much > 0))
        sums.append(grid + _spread(several, much[~single & (much > 0)], shares.edges))
    edges = held.edges
    width = np.maximum(1, np.diff(edges))
    return Counters(edges[:-1], sums[0] / width, sums[1] / width)


def _parts(slices: Slices) -> Iterator[Slices]:
    step = 1 << 16
    for first in range(0, len(slices), step):
        yield slices.select(slice(first, first + step))


def _spread(slices: Slices, much_ns: Ints, edges: Ints) -> Floats:
    """Divide what each slice contains evenly over its time; return the sums by part."""
    if not len(slices):
        return np.zeros(len(edges) - 1)
    length = np.maximum(1, slices.end_ns - slices.begin_ns)
    density = much_ns / length
    moments = np.concatenate([slices.begin_ns, slices.begin_ns + length])
    slope = np.concatenate([density, -density])
    order = np.argsort(moments, kind="stable")
    moments, slope = moments[order], np.cumsum(slope[order])
    upto = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(moments))])
    sums: Floats = np.diff(np.interp(edges, moments, upto))
    return np.maximum(0.0, sums)
