"""Tables of rows of equal size that lie scattered over chunks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.order import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.source import Source

_PIECE_ROWS = 1 << 14


def read_all(
    source: Source, chunks: Sequence[Chunk], dtype: np.dtype[np.void]
) -> npt.NDArray[np.void]:
    """Read every row of the chunks, in the order of the file."""
    counts = [chunk.used // dtype.itemsize for chunk in chunks]
    rows = np.zeros(sum(counts), dtype)
    done = 0
    for chunk, count in zip(chunks, counts, strict=True):
        done += source.read_rows(chunk.offset, rows[done : done + count])
    return rows[:done]


def read_by_time(
    source: Source, chunks: Sequence[Chunk], dtype: np.dtype[np.void], end_ns: int
) -> tuple[npt.NDArray[np.void], int]:
    """Read rows that are sorted by `time_ns`; also return how many damaged ones were left out."""
    rows = read_all(source, chunks, dtype)
    total = len(rows)
    rows = rows[rows["time_ns"] <= end_ns]
    times = rows["time_ns"].astype(np.int64)
    if not (times[:-1] <= times[1:]).all():
        rows = rows[in_order(times, times)]
    return rows, total - len(rows)


class KeyedTable:
    """Rows sorted by a uint64 key, read in ranges of that key so that memory stays bounded."""

    def __init__(
        self,
        source: Source,
        chunks: Sequence[Chunk],
        dtype: np.dtype[np.void],
        key: str,
        warn: Callable[[str], None],
    ) -> None:
        self._source = source
        self._dtype = dtype
        self._key = key
        filled = [piece for chunk in chunks for piece in _pieces(chunk, dtype.itemsize)]
        one = np.zeros(1, dtype)
        first = np.zeros(len(filled), np.int64)
        for number, chunk in enumerate(filled):
            source.read_rows(chunk.offset, one)
            first[number] = min(int(one[key][0]), 2**62)
        believed = in_order(first, first)
        if not believed.all():
            # Its rows may be sound but for the first: they are searched for with the one before.
            warn(f"{int((~believed).sum()):,} parts of a table are damaged")
        groups = np.cumsum(believed) - 1
        self._first = first[believed]
        self._groups: list[list[Chunk]] = [[] for _ in self._first]
        for chunk, group in zip(filled, groups.tolist(), strict=True):
            if group >= 0:
                self._groups[group].append(chunk)

    def last_before(self, key: int) -> npt.NDArray[np.void] | None:
        """Return the last row whose key is smaller, as an array of one; None if there is none."""
        for group in range(int(np.searchsorted(self._first, key, side="left")) - 1, -1, -1):
            rows = read_all(self._source, self._groups[group], self._dtype)
            rows = rows[rows[self._key] < key]
            if len(rows):
                return rows[[np.argmax(rows[self._key])]]
        return None

    def first(self) -> npt.NDArray[np.void]:
        """Return the first row, as an array of one; an empty one if there is none."""
        chunks = [replace(group[0], used=self._dtype.itemsize) for group in self._groups[:1]]
        return read_all(self._source, chunks, self._dtype)

    def between(self, low: int, high: int) -> npt.NDArray[np.void]:
        """Return the rows whose key is in [low, high), sorted by key."""
        start = max(0, int(np.searchsorted(self._first, low, side="left")) - 1)
        stop = int(np.searchsorted(self._first, high, side="left"))
        chunks = [chunk for group in self._groups[start:stop] for chunk in group]
        rows = read_all(self._source, chunks, self._dtype)
        keys = rows[self._key]
        if (keys[:-1] <= keys[1:]).all():
            first, last = np.searchsorted(keys, np.array([low, high], np.uint64)).tolist()
            return rows[first:last]
        rows = rows[(keys >= low) & (keys < high)]
        return rows[np.argsort(rows[self._key], kind="stable")]


def _pieces(chunk: Chunk, row_bytes: int) -> Iterator[Chunk]:
    """Cut a chunk so that little is read in vain."""
    rows = chunk.used // row_bytes
    for first in range(0, rows, _PIECE_ROWS):
        used = min(_PIECE_ROWS, rows - first) * row_bytes
        yield replace(chunk, offset=chunk.offset + first * row_bytes, used=used)
