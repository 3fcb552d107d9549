"""Where a thread is idle: blocked on something that is what it is for (`analysis/purpose.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.purpose import Purposes

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

_ASK, _NO, _YES = -1, 0, 1


class IdlePaths:
    """Says of call paths, many at a time, whether a thread that waits there is idle."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._purposes = Purposes(trace)
        self._known: dict[int, npt.NDArray[np.int8]] = {}

    def of(self, table: int, path: Ints) -> Bools:
        known = self._known.get(table)
        if known is None:
            known = self._known[table] = np.full(len(self._trace.paths(table)), _ASK, np.int8)
            known[0] = _NO  # nobody knows
        path = np.where(path < len(known), path, 0)
        for each in np.unique(path[known[path] == _ASK]).tolist():
            known[each] = _YES if self._purposes.is_idle(table, each) else _NO
        found: Bools = known[path] == _YES
        return found

    def of_waits(self, waits: LockWaits) -> Bools:
        """Of waits for locks what they wait for counts, too."""
        return self._purposes.idle_waits(waits)
