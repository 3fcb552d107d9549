"""Who entered the locks of conditions, one after another: what threads left, and others found."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gilscope.trace.layout import GUARD, ChunkKind
from gilscope.trace.tables import read_all

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.paths import SiteTable
    from gilscope.trace.source import Source

    Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Guarded:
    """Entries into locks of conditions, of threads that had the main interpreter's GIL, by time.

    int64 columns of equal length, but for `lock` (uint64), which is its address, and recurs when
    the lock is gone. `time_ns`: from the beginning of the recording. `path`: where it was entered,
    in `trace.paths(0)`; 0: unknown. `skipped`: so many entries of the same thread just before have
    no row. `state`: of a semaphore, how often it could be acquired before that; of a queue, for how
    many items it has room (0: for any number); where a ThreadPoolExecutor is given a task, how many
    workers it may have; -1: not known.
    """

    lock: npt.NDArray[np.uint64]
    time_ns: Ints
    thread: Ints
    path: Ints
    skipped: Ints
    state: Ints

    def __len__(self) -> int:
        return len(self.lock)

    def select(self, rows: npt.NDArray[np.bool_] | Ints) -> Guarded:
        """Return some of the entries: those of a mask, or of positions."""
        return Guarded(*(getattr(self, each.name)[rows] for each in fields(self)))


class Recorded(Protocol):
    """The rest of the trace, as far as the entries refer to it."""

    end_ns: int
    largest_thread: int

    def chunks_of(self, kind: ChunkKind) -> list[Chunk]: ...
    def sites(self, gil: int) -> SiteTable: ...


def read_guarded(trace: Recorded, source: Source, warn: Callable[[str], None]) -> Guarded:
    """Read the entries; a row that makes no sense is left out, with a warning."""
    chunks = [each for each in trace.chunks_of(ChunkKind.GUARD) if each.table == 0]
    rows = read_all(source, chunks, GUARD)
    sane = (rows["thread"] > 0) & (rows["thread"] <= trace.largest_thread)
    sane &= rows["time_ns"] <= trace.end_ns
    if not sane.all():
        lost = int((~sane).sum())
        warn(f"{lost:,} entries into locks of conditions are damaged and were left out")
    rows = rows[sane]
    rows = rows[np.argsort(rows["time_ns"], kind="stable")]
    column = {name: rows[name].astype(np.int64) for name in GUARD.names or () if name != "lock"}
    sites = trace.sites(0)
    return Guarded(
        rows["lock"],
        column["time_ns"],
        column["thread"],
        sites.paths_of(column["site"]),
        column["skipped"],
        column["state"] - 1,
    )
