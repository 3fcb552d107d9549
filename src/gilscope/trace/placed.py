"""The holds of a GIL with their places: where each ended, and where its thread had waited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import SiteFlags

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.trace.holds import HoldBlock
    from gilscope.trace.rows import Rows
    from gilscope.trace.tables import KeyedTable

    Ints = npt.NDArray[np.int64]

BLOCK_ROWS = 1 << 18


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """Consecutive holds of a GIL. Paths are ids in `trace.paths(gil)`; 0: not known.

    `path` and `forced` are per hold: where it ended, and whether by another thread's request.
    `waited` are the rows of those that had to wait, and `wait_path` where each of these waited.
    """

    holds: HoldBlock
    path: Ints
    forced: npt.NDArray[np.bool_]
    waited: Ints
    wait_path: Ints

    @property
    def wait_ns(self) -> Ints:
        """How long each of the rows in `waited` had to wait, in ns."""
        return self.holds.acquire_ns[self.waited] - self.holds.request_ns[self.waited]


class Places:
    """Goes forward through the holds of one GIL, and knows where each thread was last."""

    def __init__(self, trace: Rows, gil: int) -> None:
        sites = trace.sites(gil)
        self._trace, self._gil = trace, gil
        self._sites = sites
        self._paths = len(trace.paths(gil))
        self._last_path = np.zeros(trace.largest_thread + 1, np.int64)

    def blocks(self, max_rows: int = BLOCK_ROWS) -> Iterator[PlacedBlock]:
        """Stream all holds, oldest first."""
        resumes = self._trace.resumes(self._gil)
        for holds in self._trace.hold_blocks(self._gil, max_rows=max_rows):
            site = self._sites.known(holds.site)
            path = self._sites.path[site]
            waited = np.flatnonzero(holds.request_ns < holds.acquire_ns)
            wait_path = self._resumed(resumes, holds)[waited]
            unknown = wait_path == 0
            wait_path[unknown] = self._before(holds.thread, path)[waited[unknown]]
            self._last_path[holds.thread] = path
            forced = (self._sites.flags[site] & SiteFlags.FORCED) != 0
            yield PlacedBlock(holds, path, forced, waited, wait_path)

    def last_path(self, thread: Ints) -> Ints:
        """Return where the last hold of each thread ended, of those that have been streamed."""
        found: Ints = self._last_path[thread]
        return found

    def _resumed(self, resumes: KeyedTable, holds: HoldBlock) -> Ints:
        """Return the path that was noted with each hold, 0 where there is none."""
        index = holds.index
        rows = resumes.between(int(index[0]), int(index[-1]) + 1)
        number = rows["hold_row"].astype(np.int64)
        at = np.minimum(np.searchsorted(index, number), len(index) - 1)
        path = rows["path_id"].astype(np.int64)
        fits = (index[at] == number) & (path < self._paths)
        found = np.zeros(len(index), np.int64)
        found[at[fits]] = path[fits]
        return found

    def _before(self, thread: Ints, path: Ints) -> Ints:
        """Return for each row where the thread's hold before it had ended."""
        order = np.argsort(thread, kind="stable")
        follows = np.flatnonzero(thread[order[1:]] == thread[order[:-1]]) + 1
        before: Ints = self._last_path[thread]
        before[order[follows]] = path[order[follows - 1]]
        return before
