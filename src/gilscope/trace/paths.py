"""Call paths: from the ids in a trace to functions, files and lines, resolved when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import CODE_ENTRY, PATH, SITE, round_up
from gilscope.trace.linetable import LineTable, Span, decode_linetable
from gilscope.trace.tables import read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.source import Source

# Ids are given out one after another, so one far above the number of rows is damage.
_ID_SLACK = 1 << 16


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in the program. `line` is 0 where it is not known."""

    function: str
    file: str
    line: int


UNKNOWN_FRAME = Frame("(no Python frame)", "", 0)


class _Code:
    """A code object as recorded; its line table is decoded when a line is first asked for."""

    __slots__ = ("_linetable", "_table", "file", "first_line", "function")

    def __init__(self, function: bytes, file: str, first_line: int, linetable: bytes) -> None:
        self.function = function.decode("utf-8", "replace")
        self.file = file
        self.first_line = first_line
        self._linetable = linetable
        self._table: LineTable | None = None

    def span(self, instruction: int) -> Span | None:
        return self._decoded().span_at(instruction)

    def _decoded(self) -> LineTable:
        if self._table is None:
            self._table = decode_linetable(self._linetable, self.first_line)
        return self._table

    def frame(self, instruction: int) -> Frame:
        line = self._decoded().line_at(instruction)
        if line is None or line <= 0:
            line = self.first_line
        return Frame(self.function, self.file, line)


class PathTable:
    """The call paths of one GIL, or of the sampler.

    `parent` (int64), `code` (int64) and `instruction` (int64) are indexed by path id. Row 0 is
    "no Python frame known"; a parent is always smaller than its child.
    """

    def __init__(self, file_name: Callable[[str], str] = str) -> None:
        """`file_name` gives the name of a file as the trace has it: of a cell, it is another."""
        self._file_name = file_name
        self._codes: dict[int, _Code] = {}
        self._frames: dict[tuple[int, int], Frame] = {}
        self._rows: list[npt.NDArray[np.void]] = []
        self.parent = np.zeros(1, np.int64)
        self.code = np.zeros(1, np.int64)
        self.instruction = np.full(1, -1, np.int64)

    def __len__(self) -> int:
        return len(self.parent)

    def add_codes(self, data: bytes) -> bool:
        """Take in the payload of a CODE chunk; return whether it was whole."""
        position = 0
        while position + CODE_ENTRY.size <= len(data):
            fields = CODE_ENTRY.unpack_from(data, position)
            code_id, first_line, function, file, lines, _ = fields
            start = position + CODE_ENTRY.size
            end = start + function + file + lines
            if code_id == 0 or end > len(data):
                return False
            middle = start + function
            self._codes[code_id] = _Code(
                data[start:middle],
                self._file_name(data[middle : middle + file].decode("utf-8", "surrogateescape")),
                first_line,
                data[middle + file : end],
            )
            position = round_up(end, 8)
        return position >= len(data)

    def add_paths(self, source: Source, chunks: Sequence[Chunk]) -> None:
        self._rows.append(read_all(source, chunks, PATH))

    def add_path_rows(self, data: bytes) -> None:
        """Take in the payload of a PATH chunk."""
        self._rows.append(np.frombuffer(data, PATH, len(data) // PATH.itemsize))

    def finish(self, warn: Callable[[str], None]) -> None:
        """Build the columns from all that was added; what is added later comes to them."""
        rows = np.concatenate([np.empty(0, PATH), *self._rows])
        self._rows.clear()
        ids, kept = _dense(rows["path_id"], len(rows) + len(self))
        bad = len(rows) - len(kept)
        size = max(int(ids.max(initial=0)) + 1, len(self))
        parent, code = _grown(self.parent, size, 0), _grown(self.code, size, 0)
        instruction = _grown(self.instruction, size, -1)
        parent[ids] = rows["parent"][kept]
        code[ids] = rows["code_id"][kept]
        instruction[ids] = rows["instruction"][kept]
        wrong = parent >= np.maximum(np.arange(size), 1)
        bad += int(wrong.sum())
        parent[wrong] = 0
        if bad:
            warn(f"{bad:,} call paths are damaged; their callers are not shown")
        self.parent, self.code, self.instruction = parent, code, instruction

    def frame(self, path_id: int) -> Frame:
        """Return the innermost frame of a path."""
        if not 0 < path_id < len(self.code):
            return UNKNOWN_FRAME
        key = (int(self.code[path_id]), int(self.instruction[path_id]))
        frame = self._frames.get(key)
        if frame is None:
            code = self._codes.get(key[0])
            if code is None:
                return UNKNOWN_FRAME
            frame = self._frames[key] = code.frame(key[1])
        return frame

    def span(self, path_id: int) -> Span | None:
        """Return the text that the innermost frame of a path was at; None where it is not known.

        Where that is a call, it is the call with its arguments.
        """
        if not 0 < path_id < len(self.code):
            return None
        code = self._codes.get(int(self.code[path_id]))
        return code.span(int(self.instruction[path_id])) if code else None

    def ids(self, path_id: int) -> Iterator[int]:
        """Walk from a path to its callers, innermost first."""
        while 0 < path_id < len(self.parent):
            yield path_id
            path_id = int(self.parent[path_id])

    def frames(self, path_id: int) -> tuple[Frame, ...]:
        """Return all frames of a path, innermost first."""
        return tuple(self.frame(each) for each in self.ids(path_id))

    def place_of_code(self) -> dict[int, tuple[str, str]]:
        """Return file and qualified name of each code object, by its id."""
        return {code_id: (code.file, code.function) for code_id, code in self._codes.items()}

    def file_of_code(self) -> dict[int, str]:
        return {code_id: code.file for code_id, code in self._codes.items()}


class SiteTable:
    """How and where holds end: `path` (int64) and `flags` (int64), indexed by site id."""

    def __init__(self) -> None:
        self._rows: list[npt.NDArray[np.void]] = []
        self.path = np.zeros(1, np.int64)
        self.flags = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return len(self.path)

    def known(self, sites: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the ids as they are; 0 for those of which the trace says nothing."""
        found: npt.NDArray[np.int64] = np.where(sites < len(self), sites, 0)
        return found

    def paths_of(self, sites: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the path of each site; 0 where it is not known."""
        found: npt.NDArray[np.int64] = self.path[self.known(sites)]
        return found

    def add(self, source: Source, chunks: Sequence[Chunk]) -> None:
        self._rows.append(read_all(source, chunks, SITE))

    def add_rows(self, data: bytes) -> None:
        """Take in the payload of a SITE chunk."""
        self._rows.append(np.frombuffer(data, SITE, len(data) // SITE.itemsize))

    def finish(self, paths: int, warn: Callable[[str], None]) -> None:
        """Build the columns from all that was added; what is added later comes to them."""
        rows = np.concatenate([np.empty(0, SITE), *self._rows])
        self._rows.clear()
        ids, kept = _dense(rows["site_id"], len(rows) + len(self))
        size = max(int(ids.max(initial=0)) + 1, len(self))
        path, flags = _grown(self.path, size, 0), _grown(self.flags, size, 0)
        path[ids] = rows["path_id"][kept]
        flags[ids] = rows["flags"][kept]
        wrong = path >= paths
        path[wrong] = 0
        bad = len(rows) - len(kept) + int(wrong.sum())
        if bad:
            warn(f"{bad:,} release sites are damaged; where those holds ended is not known")
        self.path, self.flags = path, flags


def _grown(column: npt.NDArray[np.int64], size: int, filling: int) -> npt.NDArray[np.int64]:
    """Return a copy with more room at its end."""
    larger = np.full(size, filling, np.int64)
    larger[: len(column)] = column
    return larger


def _dense(
    ids: npt.NDArray[np.uint32], rows: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the believable ids and the rows that they are in."""
    kept = np.flatnonzero((ids > 0) & (ids <= 16 * rows + _ID_SLACK))
    return ids[kept].astype(np.int64), kept
