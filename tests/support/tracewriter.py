"""Writes trace files for tests: a second, independent reading of native/shared/format.h."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

SAMPLER = 0xFFFF
UNMEASURED = 2**64 - 1
HOLD = np.dtype("<u8,<u8,<u8,<u4,<u4")
LOOK = 24
META, CODE, PATH, SITE, HOLDS, RESUME, SAMPLE, THREAD, GIL, OPEN, CPU = range(1, 12)
TURNS = 13
LOCK, OPEN_LOCK = 14, 15
AWAY = 26
GUARD = 27
SITE_TURNS = 2**32 - 1
_SMALLEST_EXTENT = 64 << 10
_LARGEST_EXTENT = 4 << 20


def holds_array(rows: Iterable[Sequence[int]]) -> npt.NDArray[np.void]:
    """Rows of (request, acquire, release, thread, site)."""
    return np.array([tuple(row) for row in rows], HOLD)


def linetable(lines: Sequence[int], first_line: int) -> bytes:
    """Encode one instruction of two bytes for each line."""
    table = bytearray()
    line = first_line
    for each in lines:
        delta, line = each - line, each
        value = -delta << 1 | 1 if delta < 0 else delta << 1
        table.append(0x80 | 13 << 3)  # no columns; one code unit
        while value >= 64:
            table.append(value & 63 | 64)
            value >>= 6
        table.append(value)
    return bytes(table)


class TraceWriter:
    """Appends chunks to a file; holds are gathered into extents, full ones but for the last."""

    def __init__(self, path: Path, *, version: int = 1, smallest_extent: int | None = None) -> None:
        self._file = path.open("wb")
        self._file.write(struct.pack("<8sII48x", b"GILSCOPE", version, 64))
        self._smallest = smallest_extent or _SMALLEST_EXTENT
        self._extent: dict[int, int] = {}
        self._waiting: dict[int, list[npt.NDArray[np.void]]] = {}
        self._rows: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for gil in self._waiting:
            self._flush(gil, everything=True)
        self._file.close()

    def chunk(
        self,
        kind: int,
        payload: bytes | memoryview,
        table: int = 0,
        *,
        capacity: int | None = None,
        first_row: int = 0,
    ) -> int:
        """Append a chunk; return the offset of its header."""
        start = self._file.tell()
        used = len(payload)
        capacity = used if capacity is None else capacity
        skip = -(-(start + 40) // 4096) * 4096 - start if kind == HOLDS else 40
        header = struct.pack(
            "<IHHIIQQQ", 0x4B4E4843, kind, table, skip, 0, capacity, used, first_row
        )
        self._file.write(header + bytes(skip - 40))
        self._file.write(payload)
        self._file.write(bytes(-(-(start + skip + capacity) // 8) * 8 - start - skip - used))
        return start

    def meta(self, **keys: object) -> None:
        self.chunk(META, json.dumps(keys).encode())

    def code(
        self, code_id: int, function: str, file: str, lines: Sequence[int], table: int = 0
    ) -> None:
        """Add a code object whose instruction 2 * i is at lines[i]."""
        names = function.encode(), file.encode("utf-8", "surrogateescape")
        encoded = linetable(lines, lines[0])
        sizes = (code_id, lines[0], len(names[0]), len(names[1]), len(encoded), 0)
        entry = struct.pack("<6I", *sizes) + names[0] + names[1] + encoded
        self.chunk(CODE, entry + bytes(-len(entry) % 8), table)

    def paths(self, rows: Iterable[tuple[int, int, int, int]], table: int = 0) -> None:
        """Rows of (path_id, parent, code_id, instruction)."""
        self.chunk(PATH, b"".join(struct.pack("<IIIi", *row) for row in rows), table)

    def sites(self, rows: Iterable[tuple[int, int, int]], gil: int = 0) -> None:
        """Rows of (site_id, path_id, flags)."""
        self.chunk(SITE, b"".join(struct.pack("<IIII", *row, 0) for row in rows), gil)

    def holds(self, rows: npt.NDArray[np.void], gil: int = 0) -> None:
        self._waiting.setdefault(gil, []).append(rows)
        self._flush(gil)

    def turns(self, rows: Iterable[tuple[int, int, int, int, int, int, int]], gil: int = 0) -> None:
        """Rows of (row, hold_row, held_ns, count, site, longest_hold_ns, longest_off_ns)."""
        self.chunk(TURNS, b"".join(struct.pack("<QQQIIII", *row) for row in rows), gil)

    def resumes(self, rows: Iterable[tuple[int, int, int, int]], gil: int = 0) -> None:
        """Rows of (hold_row, handover_ns, off_cpu_ns, path_id)."""
        self.chunk(RESUME, b"".join(struct.pack("<QQQII", *row, 0) for row in rows), gil)

    def samples(self, rows: Iterable[tuple[int, int, int, int, int, int]]) -> None:
        """Rows of (time_ns, acquire_ns, thread, path_id, gil, waiters)."""
        self.chunk(SAMPLE, b"".join(struct.pack("<QQIIII", *row) for row in rows), SAMPLER)

    def looks(self, rows: Iterable[tuple[int, ...]]) -> None:
        """Rows of (time_ns, acquire_ns, root, thread, path_id, gil, root_path[, behind])."""
        padded = ((*row, 0, 0)[:9] for row in rows)
        self.chunk(LOOK, b"".join(struct.pack("<QQQIIIIII", *row) for row in padded), SAMPLER)

    def thread(
        self,
        thread: int,
        name: str,
        start_ns: int,
        end_ns: int,
        cpu_ns: int = 0,
        *,
        tid: int = 0,
        main: bool = False,
        ended: bool = True,
    ) -> None:
        text = name.encode()
        flags = main | ended << 1
        tid = tid or 1000 + thread
        row = struct.pack("<IiQQQII", thread, tid, start_ns, end_ns, cpu_ns, flags, len(text))
        self.chunk(THREAD, row + text + bytes(-len(text) % 8))

    def gil(self, gil: int, interpreter: int, start_ns: int = 0, end_ns: int = 0) -> None:
        self.chunk(GIL, struct.pack("<IIqQQ", gil, 0, interpreter, start_ns, end_ns), gil)

    def open(self, rows: Iterable[tuple[int, int, int, int, int, int]]) -> None:
        """Rows of (thread, gil, state, path_id, request_ns, acquire_ns)."""
        self.chunk(OPEN, b"".join(struct.pack("<IIIIQQ", *row) for row in rows))

    def locks(self, rows: Iterable[Sequence[int]], gil: int = 0, *, left: bool = False) -> None:
        """Rows of (lock, begin_ns, end_ns, wake_ns, thread, site, waker, waker_site, owner,
        waker_gil, result, flags); `left`: by the collector, for threads that could not.
        """
        payload = b"".join(struct.pack("<QQQQIIIIIHBB", *row) for row in rows)
        self.chunk(OPEN_LOCK if left else LOCK, payload, gil)

    def away(self, rows: Iterable[tuple[int, int, int]]) -> None:
        """Rows of (release_ns, thread, path_id); paths are of the sampler."""
        self.chunk(AWAY, b"".join(struct.pack("<QII", *row) for row in rows), SAMPLER)

    def guards(self, rows: Iterable[Sequence[int]]) -> None:
        """Rows of (lock, time_ns, thread, site, skipped, state)."""
        self.chunk(GUARD, b"".join(struct.pack("<QQIIII", *row) for row in rows))

    def cpu(self, rows: Iterable[tuple[int, int, int]]) -> None:
        """Rows of (time_ns, cpu_ns, thread)."""
        self.chunk(CPU, b"".join(struct.pack("<QQII", *row, 0) for row in rows))

    def _flush(self, gil: int, *, everything: bool = False) -> None:
        """Write what fills extents; each is twice as large as the last, up to a limit."""
        while True:
            size = self._extent.setdefault(gil, self._smallest)
            room = size // HOLD.itemsize
            waiting = sum(map(len, self._waiting[gil]))
            if waiting < room and not (everything and waiting):
                return
            rows = np.concatenate(self._waiting[gil])
            self._waiting[gil] = [rows[room:]]
            first = self._rows.get(gil, 0)
            payload = np.ascontiguousarray(rows[:room]).view(np.uint8).data
            self.chunk(HOLDS, payload, gil, capacity=size, first_row=first)
            self._rows[gil] = first + min(room, waiting)
            self._extent[gil] = min(size * 2, _LARGEST_EXTENT)
