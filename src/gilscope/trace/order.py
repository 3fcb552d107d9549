"""Tell rows that belong from rows that damage put out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_ROUNDS = 8


def in_order(starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Mark the rows to keep so that every row starts no earlier than the one before it ends.

    A damaged row is far from its place while those around it agree, so the rows that would have
    to move farthest to be in order go first. What then still disagrees is settled from the front.
    """
    keep = np.ones(len(starts), np.bool_)
    for _ in range(_ROUNDS):
        rows = np.flatnonzero(keep)
        first, last = starts[rows], ends[rows]
        if len(rows) < 2 or bool((last[:-1] <= first[1:]).all()):
            return keep
        # Each row is judged by its two ends alike: an end may be damaged as well as a start.
        moved = np.maximum(_displacement(first), _displacement(last))
        worst = int(moved.max())
        if worst == 0:
            break
        keep[rows[moved > worst // 2]] = False
    rows = np.flatnonzero(keep)
    if len(rows) > 1:
        before = np.maximum.accumulate(ends[rows])[:-1]
        keep[rows[1:][starts[rows][1:] < before]] = False
    return keep


def _displacement(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    ranks = np.empty(len(values), np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    moved: npt.NDArray[np.int64] = np.abs(ranks - np.arange(len(values)))
    return moved
