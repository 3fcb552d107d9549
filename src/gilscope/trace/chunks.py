"""Find the chunks of a trace file, stepping over what is damaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import (
    CHUNK_HEADER,
    CHUNK_HEADER_BYTES,
    CHUNK_MAGIC,
    HOLDS_ALIGNMENT,
    ChunkKind,
    round_up,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.trace.source import Source

_SEARCH_BYTES = 1 << 20
_WINDOW_BYTES = 4096
_KINDS = frozenset(int(kind) for kind in ChunkKind)
# A kind that this version does not know is believed when it is small and its header is sane.
_LARGEST_KIND = 255
# Processes are numbered in the order in which they joined the recording.
_LARGEST_PROCESS = 1 << 24


@dataclass(frozen=True, slots=True)
class Chunk:
    """The filled part of a chunk's payload. `offset` and `used` in bytes of the file."""

    kind: int
    table: int
    offset: int
    used: int
    first_row: int
    process: int = 0
    serial: int = 0  # where the order of the file is not that of writing: the order of writing


@dataclass(frozen=True, slots=True)
class Header:
    kind: int
    table: int
    payload: int
    capacity: int
    used: int
    first_row: int
    process: int

    @property
    def end(self) -> int:
        return round_up(self.payload + self.capacity, 8)


def scan_chunks(source: Source, start: int, warn: Callable[[str], None]) -> list[Chunk]:
    """List all chunks from `start` on, in the order of the file."""
    chunks: list[Chunk] = []
    offset = start
    window, window_at = b"", 0
    while offset + CHUNK_HEADER_BYTES <= source.size:
        # Small chunks may come by the hundred thousand: one read for many of them.
        if not window_at <= offset <= window_at + len(window) - CHUNK_HEADER_BYTES:
            window, window_at = source.read(offset, _WINDOW_BYTES), offset
        at = offset - window_at
        header = header_at(window[at : at + CHUNK_HEADER_BYTES], offset)
        if header is None:
            found, only_zeros = find_header(source, offset)
            if not only_zeros:
                warn(_unreadable(offset, found, source.size))
            if found is None:
                break
            offset = found
            continue
        end = header.end
        if end > source.size:
            end = _end_of_last(source, header, warn)
        used = min(header.used, header.capacity, max(0, end - header.payload))
        if header.used > header.capacity:
            warn("the length of a chunk is damaged; it was read as far as it goes")
        chunks.append(
            Chunk(
                header.kind,
                header.table,
                header.payload,
                used,
                header.first_row,
                header.process,
            )
        )
        offset = end
    return chunks


def _end_of_last(source: Source, header: Header, warn: Callable[[str], None]) -> int:
    """Where a chunk ends that says it reaches beyond the file: at its end, or its size is wrong."""
    found, _ = find_header(source, header.payload)
    if found is not None:
        warn("the size of a chunk is damaged; it was read up to the next chunk")
        return found
    if header.payload + header.used > source.size:
        missing = min(header.used, header.capacity) - max(0, source.size - header.payload)
        warn(f"the file is cut off: the last {missing:,} bytes of its last chunk are missing")
    return source.size


def header_at(data: bytes, offset: int) -> Header | None:
    """Parse a chunk header; None where there is none or it cannot be believed."""
    if len(data) < CHUNK_HEADER_BYTES:
        return None
    fields = CHUNK_HEADER.unpack_from(data)
    magic, kind, table, skip, process, capacity, used, first_row = fields
    if magic != CHUNK_MAGIC or not 0 < kind <= _LARGEST_KIND:
        return None
    if kind == ChunkKind.HOLDS:
        expected = round_up(offset + CHUNK_HEADER_BYTES, HOLDS_ALIGNMENT) - offset
        # A writer may also align to more than it must, for machines with larger pages.
        if skip < CHUNK_HEADER_BYTES or (skip - expected) % HOLDS_ALIGNMENT:
            return None
    elif kind in _KINDS and kind != ChunkKind.UNDONE and skip != CHUNK_HEADER_BYTES:
        return None  # what is undone may have been holds
    if not CHUNK_HEADER_BYTES <= skip <= 1 << 20 or process > _LARGEST_PROCESS:
        return None
    return Header(kind, table, offset + skip, capacity, used, first_row, process)


def find_header(source: Source, offset: int) -> tuple[int | None, bool]:
    """Search for the next chunk header; also say whether only zeros were passed over."""
    only_zeros = True
    start = round_up(offset, 8)
    while start < source.size:
        # The header may begin in this piece and end in the next.
        data = source.read(start, _SEARCH_BYTES + CHUNK_HEADER_BYTES)
        words = np.frombuffer(data, "<u4", count=len(data) // 8 * 2)[::2]
        for word in np.flatnonzero(words[: _SEARCH_BYTES // 8] == CHUNK_MAGIC).tolist():
            at = start + word * 8
            header = header_at(data[word * 8 : word * 8 + CHUNK_HEADER_BYTES], at)
            if header is not None and header.used <= header.capacity:
                only_zeros = only_zeros and not any(data[: word * 8])
                return at, only_zeros
        only_zeros = only_zeros and not np.frombuffer(data, np.uint8).any()
        start += _SEARCH_BYTES
    return None, only_zeros


def _unreadable(offset: int, found: int | None, size: int) -> str:
    count = (found if found is not None else size) - offset
    return f"{count:,} bytes at offset {offset:,} are damaged and were skipped"
