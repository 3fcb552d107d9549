"""The holds of one GIL: mapped as a whole, or streamed in blocks from which damage is sifted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import HOLD
from gilscope.trace.mapping import map_rows
from gilscope.trace.order import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.source import Source
    from gilscope.trace.turns import Turns

    Ints = npt.NDArray[np.int64]

# A damaged row at the edge of a block is told by the rows beyond that edge.
_CONTEXT_ROWS = 64


@dataclass(frozen=True, slots=True)
class HoldBlock:
    """Consecutive holds of one GIL, valid and in order; int64 columns, times in ns.

    `index` numbers the holds as resume rows do (`hold_row`); it increases, with gaps where rows
    were lost. request_ns <= acquire_ns <= release_ns <= the next row's acquire_ns.

    A row is `count` holds, which had the GIL for `held_ns` together and `longest_ns` at most. That
    is one hold from acquire to release, but for turns that nobody waited for: those have a row
    together, from their first acquire to their last release.
    """

    index: Ints
    request_ns: Ints
    acquire_ns: Ints
    release_ns: Ints
    thread: Ints
    site: Ints
    count: Ints
    held_ns: Ints
    longest_ns: Ints

    def __len__(self) -> int:
        return len(self.index)

    def select(self, rows: npt.NDArray[np.bool_] | slice) -> HoldBlock:
        return HoldBlock(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Extent:
    """Rows that lie together in the file. `position` counts the rows that are there before it."""

    offset: int
    rows: int
    first_row: int
    position: int


@dataclass(slots=True)
class Limits:
    """What a row may say at most: anything beyond is damage."""

    end_ns: int
    threads: int


class HoldLog:
    """All holds of one GIL, in the order of their time."""

    def __init__(
        self,
        source: Source,
        gil: int,
        chunks: Sequence[Chunk],
        turns: Turns,
        warn: Callable[[str], None],
        *,
        starts_late: bool = False,
    ) -> None:
        self.gil = gil
        self.turns = turns
        self.extents = _extents(chunks, gil, warn, starts_late=starts_late)
        self.first_row = self.extents[0].first_row if self.extents and starts_late else 0
        self.limits = Limits(2**62, 2**32)
        self._source = source
        self._warn = warn
        self._mapped: npt.NDArray[np.void] | None = None
        self._open = np.zeros(0, HOLD)  # after all extents
        self._positions = np.array([each.position for each in self.extents], np.int64)
        self._shifts = np.array([e.first_row - e.position for e in self.extents], np.int64)

    def __len__(self) -> int:
        """Count the rows, damaged ones included; one of them may be many holds."""
        return self._rows_in_file() + len(self._open)

    def _rows_in_file(self) -> int:
        return self.extents[-1].position + self.extents[-1].rows if self.extents else 0

    def go_on(self, thread: int, acquire_ns: int, seen_ns: int) -> None:
        """Add the hold that goes on where the file ends, until it was last seen."""
        self._open = np.zeros(1, HOLD)
        self._open["request_ns"] = self._open["acquire_ns"] = acquire_ns
        self._open["release_ns"], self._open["thread"] = seen_ns, thread

    def rows(self) -> npt.NDArray[np.void]:
        """Return all rows as recorded, damaged ones included, read-only; mapped if possible."""
        if self._mapped is None:
            self._mapped = self._map_or_copy()
        return self._mapped

    def is_mapped(self) -> bool:
        return self.rows().base is not None

    def _map_or_copy(self) -> npt.NDArray[np.void]:
        extents = [(each.offset, each.rows) for each in self.extents]
        rows = None if len(self._open) else map_rows(self._source, extents)
        if rows is None:
            rows = np.zeros(len(self), HOLD)
            self._read_into(rows, 0)
            rows.flags.writeable = False
        return rows

    def _numbers(self, positions: Ints) -> Ints:
        """Number rows among all that were written, given their positions in `rows()`."""
        if not self._shifts.any():
            return positions
        extent = np.searchsorted(self._positions, positions, side="right") - 1
        shifted: npt.NDArray[np.int64] = positions + self._shifts[extent]
        return shifted

    def blocks(self, max_rows: int, *, backward: bool = False) -> Iterator[HoldBlock]:
        """Stream the holds in blocks of at most `max_rows`, never holding more in memory.

        Damaged rows are left out with a warning. Backward, the last block comes first; rows
        within a block are always in the order of their time.
        """
        total = len(self)
        starts = range(0, total, max_rows)
        buffer = np.empty(min(total, max_rows + 2 * _CONTEXT_ROWS), HOLD)
        floor, ceiling = 0, 2**62
        lost = 0
        for start in reversed(starts) if backward else starts:
            stop = min(start + max_rows, total)
            block, complete = self._block(start, stop, buffer)
            fits = (block.acquire_ns >= floor) & (block.release_ns <= ceiling)
            if not fits.all():
                block = block.select(fits)
            lost += stop - start - len(block)
            if not complete:
                self._warn("a part of the file could not be read")
            if not len(block):
                continue
            if backward:
                ceiling = int(block.acquire_ns[0])
            else:
                floor = int(block.release_ns[-1])
            yield block
        if lost:
            self._warn(f"{lost:,} of {total:,} holds are damaged and were left out")

    def last_release_ns(self) -> int:
        """When the last hold ended, as far as it is believable; 0 without holds."""
        total = len(self)
        buffer = np.empty(min(total, 3 * _CONTEXT_ROWS), HOLD)
        for stop in range(total, 0, -_CONTEXT_ROWS):
            block, _ = self._block(max(0, stop - _CONTEXT_ROWS), stop, buffer)
            if len(block):
                return int(block.release_ns[-1])
        return 0

    def _block(self, start: int, stop: int, buffer: npt.NDArray[np.void]) -> tuple[HoldBlock, bool]:
        """Read the believable rows of [start, stop), judged with some rows around them."""
        low, high = max(0, start - _CONTEXT_ROWS), min(len(self), stop + _CONTEXT_ROWS)
        rows = buffer[: high - low]
        complete = self._read_into(rows, low)
        request, acquire, release, thread, site = (
            rows[name].astype(np.int64) for name in HOLD.names or ()
        )
        summed = self.turns.summed(self._numbers(np.arange(low, high)), release - acquire, site)
        block = HoldBlock(
            summed.number,
            request,
            acquire,
            release,
            thread,
            summed.site,
            summed.count,
            summed.held_ns,
            summed.longest_ns,
        )
        keep = self._believable(block, summed.lost)
        here = slice(start - low, stop - low)
        if keep is None:
            return block.select(here), complete
        keep[: start - low] = False
        keep[stop - low :] = False
        return block.select(keep), complete

    def _believable(
        self, block: HoldBlock, lost: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_] | None:
        """Mark the rows to keep; None where that is all of them, as it nearly always is."""
        request, acquire, release = block.request_ns, block.acquire_ns, block.release_ns
        # Times from 2**63 on have become negative.
        keep = (request <= acquire) & (acquire <= release) & (request >= 0)
        keep &= release <= self.limits.end_ns
        keep &= (block.thread > 0) & (block.thread <= self.limits.threads) & ~lost
        if keep.all():
            if (release[:-1] <= acquire[1:]).all():
                return None
            return in_order(acquire, release)
        rows = np.flatnonzero(keep)
        keep[rows] = in_order(acquire[rows], release[rows])
        return keep

    def _read_into(self, out: npt.NDArray[np.void], position: int) -> bool:
        """Fill `out` with the rows from `position` on; zeros where the file has no more."""
        done = 0
        complete = True
        first = int(np.searchsorted(self._positions, position, side="right")) - 1
        for extent in self.extents[first:]:
            if done == len(out):
                break
            skip = position + done - extent.position
            piece = out[done : done + extent.rows - skip]
            got = self._source.read_rows(extent.offset + skip * HOLD.itemsize, piece)
            if got < len(piece):
                piece[got:] = np.zeros((), HOLD)
                complete = False
            done += len(piece)
        if done < len(out):
            skip = position + done - self._rows_in_file()
            out[done:] = self._open[skip:]
        return complete


def _extents(
    chunks: Sequence[Chunk], gil: int, warn: Callable[[str], None], *, starts_late: bool
) -> list[Extent]:
    """Lay the HOLDS chunks of a GIL end to end, and number their rows.

    Late is where the oldest rows had to make room: that they are gone is no damage.
    """
    filled = [chunk for chunk in chunks if chunk.used >= HOLD.itemsize]
    claimed = np.array([min(chunk.first_row, 2**62) for chunk in filled], np.int64)
    believed = in_order(claimed, claimed)
    extents: list[Extent] = []
    position = missing = 0
    expected = int(claimed[0]) if starts_late and filled else 0
    for chunk, first_row, believe in zip(filled, claimed.tolist(), believed.tolist(), strict=True):
        rows = chunk.used // HOLD.itemsize
        if believe and first_row > expected:
            missing += first_row - expected
            expected = first_row
        extents.append(Extent(chunk.offset, rows, expected, position))
        position += rows
        expected += rows
    if missing:
        warn(f"{missing:,} rows of holds of GIL {gil} are missing: the file lost them")
    return extents
