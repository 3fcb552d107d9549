"""What preceded the holds of a GIL: where it was waited, handover, and computing without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import UNMEASURED

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import HoldBlock
    from gilscope.trace.tables import KeyedTable

    Ints = npt.NDArray[np.int64]


class Resumes:
    """The resume rows of some holds, of which there is one at least; `row` is the hold's row."""

    def __init__(self, holds: HoldBlock, table: KeyedTable, paths: int) -> None:
        index = holds.index
        found = table.between(int(index[0]), int(index[-1]) + 1)
        self.row = found["hold_row"].astype(np.int64) - index[0]
        if index[-1] - index[0] + 1 != len(index):  # rows were lost: places are not numbers
            number = self.row + index[0]
            self.row = np.searchsorted(index, number)
            known = index[self.row] == number
            found, self.row = found[known], self.row[known]
        self._request_ns = holds.request_ns
        self._found = found
        path = found["path_id"].astype(np.int64)
        self.path = np.where(path < paths, path, 0)

    def measured(self, field: str, least: int = 1) -> tuple[Ints, Ints]:
        """Return the rows of holds and the durations (ns) in a field, of `least` or more."""
        values = self._found[field]
        some = np.flatnonzero((values >= least) & (values != UNMEASURED))
        row, values = self.row[some], values[some].astype(np.int64)
        # Nothing before a request can have taken longer than the recording until then.
        sane = (values >= 0) & (values <= self._request_ns[row])
        return row[sane], values[sane]

    def path_of_waits(self, stretch: Stretch) -> Ints:
        """Return the path of each wait that ends in the stretch, 0 where it is not known."""
        of_hold = np.zeros(len(stretch), np.int64)
        of_hold[self.row] = self.path
        waits: Ints = of_hold[stretch.waiting.row[: stretch.waiting.ending]]
        return waits
