"""Totals of the whole run, in a trace whose size is limited: its rows are those of the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.trace.layout import TOTALS_GIL, TOTALS_HEAD, TOTALS_THREAD, ChunkKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.source import Source

_LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Totals:
    """All holds of one GIL up to a row, `rows`, whether that and those before it are kept or not.

    `holds` is how many holds these are, `contended_ns` how long at least one thread waited.
    `threads` has a row for each thread that held the GIL: fields as in `totals_thread`.
    """

    rows: int
    holds: int
    contended_ns: int
    threads: npt.NDArray[np.void]


def in_order_of_writing(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Sort the chunks of a process whose oldest ones made room for newer ones."""
    if not any(chunk.kind == ChunkKind.TOTALS for chunk in chunks):
        return list(chunks)
    ordered = sorted(chunks, key=lambda chunk: (chunk.first_row, chunk.offset))
    return [replace(chunk, serial=number) for number, chunk in enumerate(ordered)]


def read_totals(
    source: Source, chunks: Sequence[Chunk], warn: Callable[[str], None]
) -> dict[int, Totals]:
    """Return the newest totals, by GIL; nothing where all rows are kept."""
    for chunk in reversed(chunks):
        totals = _parse(source.read(chunk.offset, chunk.used))
        if totals is not None:
            return totals
        warn("some totals are damaged")
    return {}


def _parse(data: bytes) -> dict[int, Totals] | None:
    if len(data) < TOTALS_HEAD.itemsize:
        return None
    gil_count, thread_count = map(int, np.frombuffer(data, TOTALS_HEAD, 1)[0])
    threads_at = TOTALS_HEAD.itemsize + gil_count * TOTALS_GIL.itemsize
    if len(data) < threads_at + thread_count * TOTALS_THREAD.itemsize:
        return None
    gils = np.frombuffer(data, TOTALS_GIL, gil_count, TOTALS_HEAD.itemsize)
    threads = np.frombuffer(data, TOTALS_THREAD, thread_count, threads_at)
    numbers = [name for name in TOTALS_THREAD.names or () if name not in {"gil", "thread"}]
    if any((threads[name] > _LARGEST).any() for name in numbers):
        return None
    if any((gils[name] > _LARGEST).any() for name in ("rows", "holds", "contended_ns")):
        return None
    return {
        int(row["gil"]): Totals(
            int(row["rows"]),
            int(row["holds"]),
            int(row["contended_ns"]),
            threads[threads["gil"] == row["gil"]],
        )
        for row in gils
    }
