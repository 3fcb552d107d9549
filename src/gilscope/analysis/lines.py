"""From call paths to the lines that a report names."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.model import Line

if TYPE_CHECKING:
    import numpy.typing as npt

    from gilscope.trace import Frame, PathTable
    from gilscope.trace.rows import Named

    Ints = npt.NDArray[np.int64]

# Code that came with Python or from a package: the user can do little about its lines.
_NOT_THEIRS = re.compile(
    r"[/\\]lib(?:64)?[/\\]python3\.\d+t?[/\\]|[/\\](?:site|dist)-packages[/\\]|^<frozen ", re.ASCII
)
# What a library made and ran (of a named tuple, a dataclass, a proxy), or `python -c` was given:
# the caller in a file is what its user knows, if there is one.
_MADE = "<string>"
# A recursion may be deeper than is worth looking through for the nearest line of theirs.
_DEEPEST = 1_000


class Lines:
    """Numbers the lines of a program, so that arrays can speak of them."""

    def __init__(self, trace: Named) -> None:
        self._trace = trace
        self._numbers: dict[Line, int] = {}
        self._of_path: dict[tuple[int, int], int] = {}
        self._inside: dict[tuple[int, int], Line | None] = {}
        self._lines: list[Line] = []

    def __getitem__(self, number: int) -> Line:
        return self._lines[number]

    def __len__(self) -> int:
        return len(self._lines)

    def number(self, table: int, path_id: int) -> int:
        """Number the line that a path stands for: the innermost one of the user's own code.

        Where there is none, as in threads that run only library code, it is the innermost line.
        """
        key = (table, path_id)
        number = self._of_path.get(key)
        if number is None:
            paths = self._trace.paths(table)
            line = _line(paths.frame(_own(paths, path_id)))
            number = self._numbers.setdefault(line, len(self._lines))
            if number == len(self._lines):
                self._lines.append(line)
            self._of_path[key] = number
        return number

    def numbers(self, table: int, path_ids: Ints) -> Ints:
        """Number the lines of many paths."""
        unique, inverse = np.unique(path_ids, return_inverse=True)
        numbers = [self.number(table, path_id) for path_id in unique.tolist()]
        return np.array(numbers, np.int64)[inverse]

    def numbers_in(self, tables: Ints, path_ids: Ints) -> Ints:
        """Number the lines of many paths, each of which is in a table of its own."""
        numbers = np.zeros(len(path_ids), np.int64)
        for table in np.unique(tables).tolist():
            mine = tables == table
            numbers[mine] = self.numbers(table, path_ids[mine])
        return numbers

    def own(self, table: int, path_id: int) -> int:
        """Return the id of the part of a path that ends in the line that it stands for."""
        return _own(self._trace.paths(table), path_id)

    def inside(self, table: int, path_id: int) -> Line | None:
        """Return the innermost line of a path, if that is not the one that it stands for."""
        key = (table, path_id)
        if key not in self._inside:
            paths = self._trace.paths(table)
            own = _own(paths, path_id)
            self._inside[key] = _line(_innermost(paths, path_id)) if own != path_id else None
        return self._inside[key]

    def called(self, table: int, path_id: int) -> Line | None:
        """Return the library's line that the line of the user's own called, if that did."""
        paths = self._trace.paths(table)
        own, last = _own(paths, path_id), None
        for each in paths.ids(path_id):
            if each == own:
                break
            last = each
        return None if last is None else _line(paths.frame(last))


def _own(paths: PathTable, path_id: int) -> int:
    """Return the id of the path that ends in the innermost frame which is no library's."""
    made = None
    for depth, each in enumerate(paths.ids(path_id)):
        frame = paths.frame(each)
        if frame.file == _MADE:
            made = each if made is None else made
        elif frame.file and not _NOT_THEIRS.search(frame.file):
            return each
        if depth == _DEEPEST:
            break
    return path_id if made is None else made


def _innermost(paths: PathTable, path_id: int) -> Frame:
    """Return the innermost frame; a semaphore is one, and not the condition that it is made of."""
    first, second = [paths.frame(each) for each in islice(paths.ids(path_id), 2)]
    is_semaphore = first.function == "Condition.wait" and second.function == "Semaphore.acquire"
    return second if is_semaphore and first.file == second.file else first


def _line(frame: Frame) -> Line:
    return Line(frame.function, frame.file, frame.line)


def own_code(paths: PathTable) -> npt.NDArray[np.bool_]:
    """Mark the paths that end in code of the user's own, by path id."""
    own = [
        code for code, file in paths.file_of_code().items() if file and not _NOT_THEIRS.search(file)
    ]
    marked: npt.NDArray[np.bool_] = np.isin(paths.code, own)
    return marked


def outermost_own(paths: PathTable) -> Ints:
    """For each path id, that of the part of it up to its outermost own frame; 0 without one."""
    return outermost(paths, own_code(paths))


def outermost(paths: PathTable, marked: npt.NDArray[np.bool_]) -> Ints:
    """For each path id, that of the part of it up to its outermost marked frame; 0 without one."""
    found = np.where(marked, np.arange(len(paths)), 0)
    # Each round knows twice as many frames of each path as the last.
    ancestor = paths.parent
    while ancestor.any():
        found = np.where(found[ancestor] > 0, found[ancestor], found)
        ancestor = ancestor[ancestor]
    return found


def ends_in(paths: PathTable, files: re.Pattern[str]) -> npt.NDArray[np.bool_]:
    """Mark the paths whose innermost frame is in one of these files, by path id."""
    codes = [code for code, file in paths.file_of_code().items() if files.search(file)]
    marked: npt.NDArray[np.bool_] = np.isin(paths.code, codes)
    return marked


def leads_through(paths: PathTable, files: re.Pattern[str]) -> npt.NDArray[np.bool_]:
    """Mark the paths that have a frame in one of these files, by path id."""
    return through(paths, ends_in(paths, files))


def through(paths: PathTable, marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Mark the paths that have a marked frame, by path id."""
    found = marked.copy()
    # Each round looks twice as far up as the last; a parent's id is smaller than its child's.
    ancestor = paths.parent
    while found.any() and ancestor.any():
        found |= found[ancestor]
        ancestor = ancestor[ancestor]
    return found
