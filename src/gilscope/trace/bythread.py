"""Rows of all threads, in the order of their time, by thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_LARGEST = np.uint64(2**62)


def by_thread(rows: npt.NDArray[np.void]) -> dict[int, npt.NDArray[np.void]]:
    """Return the rows of each thread (field `thread`), in the order in which they are."""
    rows = rows[np.argsort(rows["thread"], kind="stable")]
    threads, starts = np.unique(rows["thread"], return_index=True)
    parts = np.split(rows, starts[1:]) if len(rows) else []
    return dict(zip(threads.tolist(), parts, strict=True))


def counted_ns(clock_ns: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return what a clock had counted at each look; one that is damaged may go too far."""
    return np.minimum(clock_ns, _LARGEST).astype(np.int64)
