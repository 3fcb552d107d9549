"""The model of a trace: what was recorded, as columns that are read when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from gilscope.needs import require
from gilscope.showing import Shown
from gilscope.trace.guarded import Guarded, read_guarded
from gilscope.trace.layout import AWAY, CPU, LOOK, OPEN, READY, RESUME, SAMPLE, ChunkKind
from gilscope.trace.locks import LockWaits, read_lock_waits
from gilscope.trace.paths import PathTable, SiteTable
from gilscope.trace.strangers import Strangers
from gilscope.trace.tables import KeyedTable, read_by_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.holds import HoldBlock, HoldLog
    from gilscope.trace.meta import Meta
    from gilscope.trace.source import Source
    from gilscope.trace.threads import Thread
    from gilscope.trace.totals import Totals

BLOCK_ROWS = 1 << 20
_LAST_LOOK_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Gil:
    """A GIL of the process; 0 is the main interpreter's. `end_ns` is None while it exists."""

    gil: int
    interpreter_id: int
    start_ns: int
    end_ns: int | None


@dataclass(frozen=True, slots=True)
class Waits:
    """Contended holds, those that had to wait; int64 columns of equal length, times in ns.

    `row` is the position of the hold in `Trace.holds()`.
    """

    row: npt.NDArray[np.int64]
    thread: npt.NDArray[np.int64]
    request_ns: npt.NDArray[np.int64]
    acquire_ns: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def wait_ns(self) -> npt.NDArray[np.int64]:
        return self.acquire_ns - self.request_ns


class Warnings:
    """What was lost, in plain words; each text once."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def __call__(self, text: str) -> None:
        self._texts[text] = None

    def texts(self) -> tuple[str, ...]:
        return tuple(self._texts)


class Trace(Shown):
    """One process of a recording. `gilscope.load(path)` gives the first of the program.

    `processes` are all of the file, itself among them, in the order in which they began; they share
    the file, which is closed by `with`, by closing any of them, or when they are dropped.

    `end_ns` is when the recording ended, by its own word or else by its last event; times
    count from its beginning. `warnings` says what was lost: more may be found as rows are read.
    `totals`, by GIL, are of the whole run where `--max-size` let old rows go; `holds` and all that
    follows from it are of the end then, from `rows_from_ns()` on.
    `strangers` are the processes of the program that were not recorded.
    `open` (who held and who waited at the end), `cpu` (the CPU time of threads, now and then),
    `ready` (for how long no core was free for them) and `away` (where those were that never asked
    for a GIL again) are tables with the fields of `open_row` and so on in native/shared/format.h.
    """

    def __init__(
        self,
        source: Source,
        meta: Meta,
        chunks: Mapping[tuple[int, int], list[Chunk]],
        logs: Mapping[int, HoldLog],
        warn: Warnings,
        process: int = 0,
    ) -> None:
        self.process = process
        self.processes: tuple[Trace, ...] = (self,)
        self.strangers = Strangers()
        self.path: Path = source.path
        self.size_bytes = source.size
        self.meta = meta
        self.finished = meta.end_ns is not None
        self.end_ns = 0
        self.largest_thread = 0  # that a row may name
        self.threads: Mapping[int, Thread] = {}
        self.gils: Mapping[int, Gil] = {}
        self.totals: Mapping[int, Totals] = {}
        self.open: npt.NDArray[np.void] = np.empty(0, OPEN)
        self.away: npt.NDArray[np.void] = np.empty(0, AWAY)
        self.cpu: npt.NDArray[np.void] = np.empty(0, CPU)
        self.ready: npt.NDArray[np.void] = np.empty(0, READY)
        self._source = source
        self._chunks = chunks
        self._logs = logs
        self._warn = warn
        self._paths: dict[int, PathTable] = {}
        self._sites: dict[int, SiteTable] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        holds = sum(map(len, self._logs.values()))
        return f"<Trace {self.path.name}: {holds:,} holds, {len(self.threads):,} threads>"

    def close(self) -> None:
        """Close the file. Columns that were mapped stay valid."""
        self._source.close()

    def _parts(
        self,
    ) -> tuple[Source, Mapping[tuple[int, int], list[Chunk]], Mapping[int, HoldLog], Warnings]:
        """Return what it reads from, for another view of the same recording."""
        return self._source, self._chunks, self._logs, self._warn

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._warn.texts()

    def hold_count(self, gil: int = 0) -> int:
        """Count the rows of holds of a GIL in the file, damaged ones included."""
        return len(self._logs[gil]) if gil in self._logs else 0

    def holds(self, gil: int = 0) -> npt.NDArray[np.void]:
        """All holds of a GIL in the order of their time: a read-only structured array.

        Fields `request_ns`, `acquire_ns`, `release_ns` (uint64, ns), `thread`, `site` (uint32).
        Mapped, not copied, wherever the system can do that. As recorded: rows that damage made
        senseless are among them, but not in `hold_blocks`. A row whose site is `SITE_TURNS` stands
        for many holds, which nobody waited for: see `turns`.
        """
        if gil not in self._logs:
            raise KeyError(f"this trace has no holds of GIL {gil}")
        return self._logs[gil].rows()

    def turns(self, gil: int = 0) -> npt.NDArray[np.void]:
        """Say of each row of `holds` that stands for many holds which they are, by `row`.

        Fields as in `turns_row` of the format: `row` is the number of the row among those that
        were written, its place in `holds` from `first_row` on, unless the file has lost some.
        """
        if gil not in self._logs:
            raise KeyError(f"this trace has no holds of GIL {gil}")
        return self._logs[gil].turns.rows(self._logs[gil].first_row)

    def first_row(self, gil: int = 0) -> int:
        """Return the number of the first row of `holds` among all that were written."""
        return self._logs[gil].first_row if gil in self._logs else 0

    def rows_from_ns(self) -> int:
        """Return from when on rows are kept: 0 unless older ones made room, as --max-size asks."""
        begins = [0]
        for gil, totals in self.totals.items():
            first = next(iter(self.hold_blocks(gil, max_rows=4096)), None)
            if first is None or not len(first):
                begins.append(self.end_ns if totals.rows and len(self.totals) == 1 else 0)
            elif self.first_row(gil):
                begins.append(int(first.acquire_ns[0]))
        return max(begins)

    def is_mapped(self, gil: int = 0) -> bool:
        """Tell whether `holds` is the file itself, mapped into memory, and not a copy."""
        return gil in self._logs and self._logs[gil].is_mapped()

    def hold_blocks(
        self, gil: int = 0, *, max_rows: int = BLOCK_ROWS, backward: bool = False
    ) -> Iterator[HoldBlock]:
        """Stream the holds of a GIL, without damaged rows, at most `max_rows` at a time."""
        log = self._logs.get(gil)
        return log.blocks(max_rows, backward=backward) if log is not None else iter(())

    def waits(self, gil: int = 0) -> Waits:
        """The contended holds of a GIL: those with request_ns < acquire_ns."""
        rows = self.holds(gil)
        request, acquire = rows["request_ns"], rows["acquire_ns"]
        row = np.flatnonzero(request < acquire)
        return Waits(
            row,
            rows["thread"][row].astype(np.int64),
            request[row].astype(np.int64),
            acquire[row].astype(np.int64),
        )

    def resumes(self, gil: int = 0) -> KeyedTable:
        """What preceded holds, by `hold_row`: fields as in `resume_row` of the format."""
        chunks = self._chunks.get((ChunkKind.RESUME, gil), [])
        return KeyedTable(self._source, chunks, RESUME, "hold_row", self._warn)

    def samples(self) -> npt.NDArray[np.void]:
        """What ran inside holds while others waited, by time: fields as in `sample_row`."""
        return self._seen(ChunkKind.SAMPLE, SAMPLE)

    def looks(self) -> npt.NDArray[np.void]:
        """What ran inside holds that lasted, every 20 ms: fields as in `look_row`, by time."""
        return self._seen(ChunkKind.LOOK, LOOK)

    def _seen(self, kind: ChunkKind, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
        # The sampler may look once more while a recording in a running program comes to its end.
        latest = self.end_ns + _LAST_LOOK_NS
        rows, lost = read_by_time(self._source, self.chunks_of(kind), dtype, latest)
        rows = rows[rows["time_ns"] <= self.end_ns]
        if lost and self.finished:  # else some are later than all that has ended
            self._warn(f"{lost:,} samples are damaged and were left out")
        return rows

    def lock_waits(self) -> LockWaits:
        """All waits for locks in which a thread was blocked, by when they began."""
        return read_lock_waits(self, self._source, self._warn)

    def guarded(self) -> Guarded:
        """Return who entered the locks of conditions, by time, also where nobody waited."""
        return read_guarded(self, self._source, self._warn)

    def to_arrow(self, table: str = "holds") -> Any:
        """One of this process's tables as a `pyarrow.Table`, which needs pyarrow.

        `table` is holds, waits, lock_waits, samples, threads or paths: their columns are described
        in docs/reference/table-columns.md.
        """
        require("a table", "pyarrow")
        from gilscope.trace.arrow import table_of  # noqa: PLC0415 - imports pyarrow

        return table_of(self, table)

    def to_pandas(self, table: str = "holds") -> Any:
        """The same as a `pandas.DataFrame`, which needs pandas, too."""
        require("a DataFrame", "pyarrow", "pandas")
        return self.to_arrow(table).to_pandas()

    def to_polars(self, table: str = "holds") -> Any:
        """The same as a `polars.DataFrame`, which needs polars, too."""
        require("a DataFrame", "pyarrow", "polars")
        import polars as pl  # noqa: PLC0415 - optional

        return pl.from_arrow(self.to_arrow(table))

    def paths(self, table: int = 0) -> PathTable:
        """The call paths of a GIL (by its number) or of the sampler (SAMPLER_TABLE)."""
        paths = self._paths.get(table)
        if paths is None:
            paths = self._paths[table] = self._read_paths(table)
        return paths

    def sites(self, gil: int = 0) -> SiteTable:
        """How and where the holds of a GIL ended, by the `site` of a hold."""
        sites = self._sites.get(gil)
        if sites is None:
            sites = self._sites[gil] = self._read_sites(gil)
        return sites

    def chunks_of(self, kind: ChunkKind) -> list[Chunk]:
        """All chunks of a kind, whatever their table, in the order of the file."""
        found = [each for key, chunks in self._chunks.items() if key[0] == kind for each in chunks]
        return sorted(found, key=lambda chunk: (chunk.serial, chunk.offset))

    def _read_paths(self, table: int) -> PathTable:
        paths = PathTable(self.meta.cells.name)
        for chunk in self._chunks.get((ChunkKind.CODE, table), []):
            if not paths.add_codes(self._source.read(chunk.offset, chunk.used)):
                self._warn("some code objects are damaged; their lines are not known")
        paths.add_paths(self._source, self._chunks.get((ChunkKind.PATH, table), []))
        paths.finish(self._warn)
        return paths

    def _read_sites(self, gil: int) -> SiteTable:
        sites = SiteTable()
        sites.add(self._source, self._chunks.get((ChunkKind.SITE, gil), []))
        sites.finish(len(self.paths(gil)), self._warn)
        return sites
