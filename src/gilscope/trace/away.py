"""Where threads were at last that let go of a GIL and never asked for one again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import AWAY, ChunkKind
from gilscope.trace.tables import read_all

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace.source import Source
    from gilscope.trace.trace import Trace


def read_away(trace: Trace, source: Source, limit_ns: int) -> npt.NDArray[np.void]:
    """Return the rows (dtype AWAY) that make sense: nobody let go of a GIL after the end."""
    rows = read_all(source, trace.chunks_of(ChunkKind.AWAY), AWAY)
    return rows[(rows["release_ns"] > 0) & (rows["release_ns"] <= limit_ns) & (rows["thread"] > 0)]


def away_within(rows: npt.NDArray[np.void], since_ns: int, until_ns: int) -> npt.NDArray[np.void]:
    """Return those who let go in a part of the recording; times count from its beginning."""
    inside = (rows["release_ns"] >= since_ns) & (rows["release_ns"] < until_ns)
    some: npt.NDArray[np.void] = rows[inside].copy()
    some["release_ns"] -= np.uint64(since_ns)
    return some
