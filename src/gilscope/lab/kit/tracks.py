"""From the holds of a GIL to rows of cells: what each thread did most in each slice of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

HOLDS, WAITS, NEITHER = "#", ".", " "


def rows_of_cells(
    holds: npt.NDArray[np.void], threads: Sequence[int], start_ns: int, end_ns: int, cells: int
) -> list[str]:
    """One row for each thread. A cell shows what the thread did most in it: hold, wait, neither.

    `holds` are those of one GIL, as in `Trace.holds`. Where several held it in turn within a cell,
    only the one that held it longest is shown to hold it: there is one holder at any time.
    """
    edges = np.linspace(start_ns, end_ns, cells + 1)
    of_thread = [holds[holds["thread"] == thread] for thread in threads]
    held = np.array([_within(edges, rows["acquire_ns"], rows["release_ns"]) for rows in of_thread])
    waited = np.array(
        [_within(edges, rows["request_ns"], rows["acquire_ns"]) for rows in of_thread]
    )
    if not threads:
        return []
    neither = np.maximum((end_ns - start_ns) / cells - held - waited, 0.0)
    longest = held.argmax(axis=0)
    rows = []
    for number in range(len(threads)):
        waits = waited[number] > neither[number]
        most = np.maximum(waited[number], neither[number])
        shows_hold = (held[number] > most) & (longest == number)
        row = np.where(shows_hold, HOLDS, np.where(waits, WAITS, NEITHER))
        rows.append("".join(row.tolist()))
    return rows


def _within(
    edges: npt.NDArray[np.float64],
    starts: npt.NDArray[np.uint64],
    ends: npt.NDArray[np.uint64],
) -> npt.NDArray[np.float64]:
    """How much of each slice lies inside intervals, which follow each other."""
    if not len(starts):
        return np.zeros(len(edges) - 1)
    bounds = np.column_stack([starts, ends]).astype(np.float64).ravel()
    lengths = np.column_stack([np.zeros(len(starts)), bounds[1::2] - bounds[::2]]).ravel()
    return np.diff(np.interp(edges, bounds, np.cumsum(lengths)))
