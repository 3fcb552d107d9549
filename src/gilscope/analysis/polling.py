"""Threads that let go of the GIL only to ask whether something has happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.analysis.lines import Lines
    from gilscope.analysis.place import Line
    from gilscope.analysis.sourcecode import SourceCode
    from gilscope.analysis.stretch import Stretch
    from gilscope.trace import PathTable

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Poll:
    """What a thread asks at a line, and how often and how long it then waited for the GIL.

    `is_loop`: it is in a loop that does nothing else.
    """

    thread: int
    line: Line
    asks: str
    is_loop: bool
    waits: int
    wait_s: float


# A program that lets go of its GIL at more places than these does more than to ask.
MOST_PATHS = 20_000


class Polls:
    """For one GIL: how long threads waited for it that had let go of it only to ask, and where."""

    def __init__(self, gil: int, paths: PathTable, lines: Lines, code: SourceCode) -> None:
        self._gil, self._lines, self._code = gil, lines, code
        few = len(paths) <= MOST_PATHS
        self._asks = np.array([few and self._asked(path) is not None for path in range(len(paths))])
        self._waits: Counter[tuple[int, int]] = Counter()  # by thread and path
        self._wait_ns: Counter[tuple[int, int]] = Counter()

    def _asked(self, path: int) -> tuple[str, bool] | None:
        """Return what is asked there, and whether the loop around it does nothing else."""
        call = self._code.call(self._gil, path)
        if call is None:
            return None
        line = self._line(path)
        if self._code.is_tried_again(line):
            return call.text, False
        if not (call.asks or call.pauses):
            until = self._code.until_loop(line)
            return (until.text, False) if until is not None else None
        loop = self._code.idle_loop(line)
        if loop is not None:
            return loop.text, True
        return (call.text, False) if call.asks else None

    def _line(self, path: int) -> Line:
        return self._lines[self._lines.number(self._gil, path)]

    def add(self, stretch: Stretch, path: Ints) -> None:
        """Add the waits that end in a stretch, by the paths where they began."""
        rows = np.flatnonzero(self._asks[path])
        if not len(rows):
            return
        waiting, holds = stretch.waiting, stretch.holds
        ends = waiting.row[rows]
        wait_ns = holds.acquire_ns[ends] - holds.request_ns[ends]
        keys, inverse = np.unique(waiting.thread[rows] << 32 | path[rows], return_inverse=True)
        counts, sums = np.bincount(inverse), np.bincount(inverse, weights=wait_ns)
        for key, count, sum_ns in zip(keys.tolist(), counts.tolist(), sums.tolist(), strict=True):
            self._waits[key >> 32, key & 0xFFFFFFFF] += count
            self._wait_ns[key >> 32, key & 0xFFFFFFFF] += int(sum_ns)

    def found(self) -> Iterator[Poll]:
        for (thread, path), waits in self._waits.items():
            asks, is_loop = self._asked(path) or ("", False)
            wait_s = self._wait_ns[thread, path] / 1e9
            yield Poll(thread, self._line(path), asks, is_loop, waits, wait_s)
