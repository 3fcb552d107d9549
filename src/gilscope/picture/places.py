"""The lines of all processes of a picture, each with a number of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.analysis.model import Line
from gilscope.picture.spans import NOTHING

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import Frame, Trace

    Ints = npt.NDArray[np.int64]


class Places:
    """Numbers lines over all processes."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._numbers: dict[Line, int] = {}

    def of_frame(self, frame: Frame) -> int:
        """Return the number of a frame's line, whosever code that is."""
        return self.number(Line(frame.function, frame.file, frame.line))

    def number(self, line: Line) -> int:
        """Return the number of a line; NOTHING of one that is none."""
        if not line.file:
            return NOTHING
        number = self._numbers.setdefault(line, len(self.lines))
        if number == len(self.lines):
            self.lines.append(line)
        return number


class TracePlaces:
    """From the call paths of one trace to the numbers of lines.

    A path stands for the innermost line of the user's own code, as everywhere in a report.
    """

    def __init__(self, trace: Trace, places: Places) -> None:
        self._trace, self._places = trace, places
        self._lines = Lines(trace)
        self._known: dict[int, Ints] = {}

    def number(self, line: Line) -> int:
        """Return the number of a line; NOTHING of one that is none."""
        return self._places.number(line)

    def of(self, table: int, path: Ints) -> Ints:
        """Number the lines of paths; NOTHING where no Python code is known."""
        known = self._known.get(table)
        if known is None:
            known = self._known[table] = np.full(len(self._trace.paths(table)), _ASK, np.int64)
        path = np.where(path < len(known), path, 0)
        new = np.unique(path[known[path] == _ASK])
        for each in new.tolist():
            known[each] = self._places.number(self._lines[self._lines.number(table, each)])
        found: Ints = known[path]
        return found


_ASK = -2
