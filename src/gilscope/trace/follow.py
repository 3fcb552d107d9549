"""Follow a trace file that is still being written: what is new in it, nothing twice.

The file is read from its end on, chunk by chunk, so that it costs the same however long the program
has run. Where the size is limited, its pieces (slabs) are used again: each is followed by itself.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.errors import GilscopeError
from gilscope.trace.chunks import header_at
from gilscope.trace.layout import (
    CHUNK_HEADER_BYTES,
    FILE_HEADER,
    FILE_HEADER_BYTES,
    FILE_MAGIC,
    HOLD,
    SLAB,
    WATCHED_BYTE,
    ChunkKind,
)

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace.chunks import Header

_WINDOW_BYTES = 1 << 16
_SLAB_HEAD_BYTES = CHUNK_HEADER_BYTES + SLAB.itemsize
# What is not whole yet is looked at again so many times: it may have been given up.
_MOST_LOOKS = 300
# struct flock of 64-bit Linux: l_type, l_whence, l_start, l_len, l_pid.
_FLOCK = struct.Struct("hhqqi")


@dataclass(frozen=True, slots=True)
class News:
    """What a chunk contains that was not there before; `data` is its payload, or new rows of it.

    `first_row`: HOLDS: the number of the first of these rows among all of its GIL.
    """

    kind: int
    table: int
    process: int
    first_row: int
    data: bytes


@dataclass(slots=True)
class _Slab:
    """A piece of a limited file; `age` is that of what is in it, `at` how far it has been read."""

    begin: int
    end: int
    age: int = -1
    at: int = 0


@dataclass(slots=True)
class _Extent:
    """A HOLDS chunk that may still be filled; `taken` bytes of it have been read."""

    at: int
    payload: int
    slab: _Slab | None
    age: int
    taken: int = 0


@dataclass(slots=True)
class _Gap:
    """What was not whole when it was passed over."""

    end: int
    slab: _Slab | None
    looks: int = 0


class Follower:
    """An open trace file; `poll` returns what is new.

    While it is open, the collectors of the recording show what goes on just now: `poll` begins with
    that (NOW), so that whatever ended before the moment that it is about is among the rest.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise GilscopeError(
                f"cannot read {path}: {error.strerror}", "check the name"
            ) from error
        self._at = 0  # the head of the file is yet to be read
        self._size = 0
        self._window = b""
        self._window_at = 0
        self._gaps: dict[int, _Gap] = {}
        self._slabs: dict[int, _Slab] = {}
        self._extents: dict[tuple[int, int], list[_Extent]] = defaultdict(list)
        self._now: dict[int, tuple[int, int]] = {}  # by process: where its chunk begins and ends
        self._found: list[News] = []
        self.lost = False  # pieces were used again before they had been read
        self._show_interest()

    def close(self) -> None:
        os.close(self._fd)

    @property
    def size_bytes(self) -> int:
        return self._size

    def poll(self) -> list[News]:
        """Return what is new, definitions before the rows that refer to them."""
        self._found = []
        self._scan()
        self._read_now()
        with_rows = self._scan()
        for each in with_rows:
            self._read_extent(each)
        self._scan()  # what is defined meanwhile, and referred to by these rows
        found, self._found = self._found, []
        found.sort(key=lambda news: news.kind == ChunkKind.HOLDS)
        return found

    # --- reading -----------------------------------------------------------------------------

    def _show_interest(self) -> None:
        """Lock the byte that tells collectors; where files cannot be locked, they do not know."""
        import fcntl  # noqa: PLC0415 - Windows has none, where nothing is followed

        lock = _FLOCK.pack(fcntl.F_RDLCK, os.SEEK_SET, WATCHED_BYTE, 1, 0)
        # Owned by this descriptor: another one of this process, closed, would end an older kind.
        with contextlib.suppress(OSError, AttributeError):
            fcntl.fcntl(self._fd, fcntl.F_OFD_SETLK, lock)

    def _read(self, offset: int, count: int) -> bytes:
        try:
            return os.pread(self._fd, max(0, count), offset)
        except OSError:
            return b""

    def _bytes(self, offset: int, count: int) -> bytes:
        """Read a little, and what follows it as well: that is asked for next."""
        if not self._window_at <= offset <= offset + count <= self._window_at + len(self._window):
            self._window = self._read(offset, max(count, _WINDOW_BYTES))
            self._window_at = offset
        at = offset - self._window_at
        return self._window[at : at + count]

    def _header(self, offset: int) -> Header | None:
        return header_at(self._bytes(offset, CHUNK_HEADER_BYTES), offset)

    # --- chunks ------------------------------------------------------------------------------

    def _scan(self) -> list[_Extent]:
        """Take in all new chunks; return the extents that rows are to be read from."""
        self._window = b""  # what was read before may have changed
        self._size = os.fstat(self._fd).st_size
        if not self._at and not self._begin():
            return []
        for at, gap in list(self._gaps.items()):
            self._look_again(at, gap)
        self._at = self._walk(self._at, self._size, None)
        for slab in sorted(self._slabs.values(), key=self._age):  # as they were written
            self._follow(slab)
        return [each for some in self._extents.values() for each in some]

    def _begin(self) -> bool:
        data = self._read(0, FILE_HEADER_BYTES)
        if len(data) < FILE_HEADER_BYTES:
            return False
        magic, _, header_bytes = FILE_HEADER.unpack_from(data)
        if magic != FILE_MAGIC:
            raise GilscopeError(
                f"{self.path} is not a gilscope trace", "record one with: gilscope run app.py"
            )
        self._at = int(header_bytes)
        return True

    def _walk(self, at: int, end: int, slab: _Slab | None) -> int:
        """Take in the chunks of [at, end); return where to go on the next time."""
        while at + CHUNK_HEADER_BYTES <= end:
            header = self._header(at)
            if header is None:
                break  # its room was taken, and nothing written yet
            if header.kind == ChunkKind.UNDONE:
                if slab is not None and header.end >= slab.end:
                    break  # that is what is free
                self._gaps[at] = _Gap(header.end, slab)
                at = header.end
            else:
                at = self._take(at, header, slab)
        return at

    def _take(self, at: int, header: Header, slab: _Slab | None) -> int:
        """Take in a chunk; return where the next one begins."""
        if header.kind == ChunkKind.SLAB:
            (row,) = np.frombuffer(self._bytes(header.payload, SLAB.itemsize), SLAB)
            self._slabs[at] = _Slab(at, at + int(row["bytes"]))
            return at + int(row["bytes"])
        if header.kind == ChunkKind.HOLDS:
            extent = _Extent(at, header.payload, slab, slab.age if slab else 0)
            self._extents[header.process, header.table].append(extent)
        elif header.kind == ChunkKind.NOW:
            self._now[header.process] = at, header.end
        else:
            used = min(header.used, header.capacity)
            data = self._bytes(header.payload, used)
            self._add(header, header.first_row, data)
        return header.end

    def _add(self, header: Header, first_row: int, data: bytes) -> None:
        if data:
            self._found.append(News(header.kind, header.table, header.process, first_row, data))

    def _look_again(self, at: int, gap: _Gap) -> None:
        header = header_at(self._read(at, CHUNK_HEADER_BYTES), at)
        gap.looks += 1
        if header is not None and header.kind != ChunkKind.UNDONE:
            del self._gaps[at]
            self._walk(at, gap.end, gap.slab)
        elif gap.looks > _MOST_LOOKS:
            del self._gaps[at]

    # --- pieces that are used again ----------------------------------------------------------

    def _age(self, slab: _Slab) -> int:
        """Return the age of what is in a piece now; -1 where it is about to be used again."""
        data = self._read(slab.begin, _SLAB_HEAD_BYTES)
        header = header_at(data[:CHUNK_HEADER_BYTES], slab.begin)
        if header is None or header.kind != ChunkKind.SLAB or len(data) < _SLAB_HEAD_BYTES:
            return -1
        return int(np.frombuffer(data, SLAB, 1, CHUNK_HEADER_BYTES)[0]["age"])

    def _follow(self, slab: _Slab) -> None:
        age = self._age(slab)
        if age < 0:
            return
        if age != slab.age:
            slab.age, slab.at = age, slab.begin + _SLAB_HEAD_BYTES
            self._gaps = {at: gap for at, gap in self._gaps.items() if gap.slab is not slab}
        before = len(self._found)
        slab.at = self._walk(slab.at, slab.end, slab)
        if len(self._found) > before and self._age(slab) != age:
            del self._found[before:]  # it was written over while it was read
            self.lost = True

    # --- rows, and what goes on --------------------------------------------------------------

    def _read_extent(self, extent: _Extent) -> None:
        data = self._read(extent.at, CHUNK_HEADER_BYTES)
        header = header_at(data, extent.at)
        is_gone = header is None or header.kind != ChunkKind.HOLDS
        if header is None or is_gone or (extent.slab and self._age(extent.slab) != extent.age):
            for some in self._extents.values():
                some[:] = [each for each in some if each is not extent]
            return
        used = min(header.used, header.capacity) // HOLD.itemsize * HOLD.itemsize
        rows = self._read(extent.payload + extent.taken, used - extent.taken)
        if extent.slab and self._age(extent.slab) != extent.age:
            self.lost = True
            return
        self._add(header, header.first_row + extent.taken // HOLD.itemsize, rows)
        extent.taken += len(rows)
        of_gil = self._extents[header.process, header.table]
        if extent is not of_gil[-1]:
            of_gil.remove(extent)  # another one has followed it, so it is full

    def _read_now(self) -> None:
        for process, (at, end) in list(self._now.items()):
            header = header_at(self._read(at, CHUNK_HEADER_BYTES), at)
            if header is None or header.kind != ChunkKind.NOW or header.process != process:
                del self._now[process]
                self._gaps[at] = _Gap(end, None)
                continue
            self._add(header, 0, self._read(header.payload, header.capacity))
