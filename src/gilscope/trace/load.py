"""Open a trace file and find out what is in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gilscope.errors import GilscopeError
from gilscope.trace.away import read_away
from gilscope.trace.cellnames import is_kernels, marked
from gilscope.trace.chunks import scan_chunks
from gilscope.trace.holds import HoldLog
from gilscope.trace.layout import (
    CPU,
    FILE_HEADER,
    FILE_HEADER_BYTES,
    FILE_MAGIC,
    FORMAT_VERSION,
    GIL,
    LOOK,
    OPEN,
    READY,
    SAMPLE,
    SAMPLER_TABLE,
    ChunkKind,
    OpenState,
)
from gilscope.trace.meta import make_meta, parse_object
from gilscope.trace.source import Source
from gilscope.trace.strangers import Strangers, read_strangers, without_recorded
from gilscope.trace.tables import read_all, read_by_time
from gilscope.trace.threads import parse_threads, settled
from gilscope.trace.totals import in_order_of_writing, read_totals
from gilscope.trace.trace import Gil, Trace, Warnings
from gilscope.trace.turns import Turns

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.meta import Meta
    from gilscope.trace.threads import Thread
    from gilscope.trace.totals import Totals

_SECOND_NS = 1_000_000_000
# Rows are written before the end is: clocks read on other cores may be this much ahead.
_END_SLACK_NS = _SECOND_NS
# Without a recorded end: nothing runs for longer than two years, and nothing was recorded later
# than an hour (clocks get set) after the file was last written.
_LONGEST_NS = 2 * 365 * 86_400 * _SECOND_NS
_MTIME_SLACK_NS = 3_600 * _SECOND_NS
# A thread may be too new to have its entry when a program is killed.
_UNKNOWN_THREADS = 4096


def load(path: str | os.PathLike[str]) -> Trace:
    """Open a trace; until more is asked for, only its tables of contents are read.

    Raises GilscopeError if the file is missing, is not a trace, or nothing in it can be read.
    """
    source = Source(Path(path))
    try:
        return _load(source)
    except BaseException:
        source.close()
        raise


def _load(source: Source) -> Trace:
    warn = Warnings()
    start = _check_header(source, warn)
    by_process: dict[int, list[Chunk]] = defaultdict(list)
    for chunk in scan_chunks(source, start, warn):
        by_process[chunk.process].append(chunk)
    first = _load_process(source, 0, by_process.pop(0, []), warn)
    others = [
        _load_process(source, number, chunks, Warnings())
        for number, chunks in sorted(by_process.items())
    ]
    others.sort(key=lambda each: each.meta.start_monotonic_ns)
    for each in (first, *others):
        each.processes = (first, *others)
    strangers = _read_strangers(first, source, warn)
    for each in first.processes:
        each.strangers = strangers
    return first


def _read_strangers(first: Trace, source: Source, warn: Warnings) -> Strangers:
    recorded = [(each.meta.pid, each.meta.start_monotonic_ns) for each in first.processes]
    found = read_strangers(source, first.chunks_of(ChunkKind.PROCESS), warn)
    attached = {each.meta.pid for each in first.processes if each.meta.began == "attach"}
    return without_recorded(found, recorded, first.meta.start_monotonic_ns, attached)


def _load_process(source: Source, number: int, found: list[Chunk], warn: Warnings) -> Trace:
    chunks: dict[tuple[int, int], list[Chunk]] = defaultdict(list)
    for chunk in in_order_of_writing(found):
        chunks[chunk.kind, chunk.table].append(chunk)
    meta = _read_meta(source, chunks, warn)
    totals = read_totals(source, chunks.get((ChunkKind.TOTALS, 0), []), warn)
    logs = {
        table: _log(source, chunks, table, warn, totals.get(table))
        for kind, table in sorted(chunks)
        if kind == ChunkKind.HOLDS
    }
    trace = Trace(source, meta, dict(chunks), logs, warn, number)
    trace.totals = totals
    threads = _read_threads(trace, source, warn)
    _set_end(trace, source, logs, threads.values(), warn)
    _set_threads(trace, logs, threads)
    trace.gils = _read_gils(trace, source, logs)
    if not chunks:
        warn("the recording is empty: it ended before anything was written")
    elif not trace.finished:
        warn("the recording has no end: it is still being written, or the end was lost")
    return trace


def _log(
    source: Source,
    chunks: dict[tuple[int, int], list[Chunk]],
    gil: int,
    warn: Warnings,
    totals: Totals | None,
) -> HoldLog:
    turns = Turns(source, chunks.get((ChunkKind.TURNS, gil), []), warn, totals)
    holds = chunks[ChunkKind.HOLDS, gil]
    return HoldLog(source, gil, holds, turns, warn, starts_late=totals is not None)


def _check_header(source: Source, warn: Warnings) -> int:
    """Return where the first chunk starts, or say why this is no trace."""
    data = source.read(0, FILE_HEADER_BYTES)
    path = source.path
    if not data:
        raise GilscopeError(f"{path} is empty", "the recording did not begin; record again")
    if len(data) < FILE_HEADER_BYTES:
        if data.startswith(FILE_MAGIC):
            raise GilscopeError(f"{path} is cut off after {len(data)} bytes", "record again")
        raise _foreign(path)
    magic, version, header_bytes = FILE_HEADER.unpack_from(data)
    if magic != FILE_MAGIC:
        # A damaged header is forgiven if chunks follow where they should.
        if source.read(FILE_HEADER_BYTES, 4) != b"CHNK":
            raise _foreign(path)
        warn("the head of the file is damaged")
        return FILE_HEADER_BYTES
    if version > FORMAT_VERSION:
        warn(
            f"a newer gilscope wrote this file (format {version}, this one knows "
            f"{FORMAT_VERSION}): what it added is not shown"
        )
    elif version < 1:
        warn("the head of the file is damaged")
    if header_bytes % 8 or not FILE_HEADER_BYTES <= header_bytes <= 1 << 16:
        warn("the head of the file is damaged")
        return FILE_HEADER_BYTES
    return int(header_bytes)


def _foreign(path: Path) -> GilscopeError:
    return GilscopeError(
        f"{path} is not a gilscope trace", "record one with: gilscope run -o app.gil app.py"
    )


def _read_meta(source: Source, chunks: dict[tuple[int, int], list[Chunk]], warn: Warnings) -> Meta:
    raw: dict[str, object] = {}
    found = [each for key, some in chunks.items() if key[0] == ChunkKind.META for each in some]
    for chunk in sorted(found, key=lambda each: (each.serial, each.offset)):
        value = parse_object(source.read(chunk.offset, chunk.used))
        if value is None:
            warn("some facts about the recording are damaged")
        else:
            raw |= value
    return make_meta(raw, warn)


def _latest_possible_ns(meta: Meta, source: Source) -> int:
    age = source.modified_ns - meta.start_unix_ns
    if meta.start_unix_ns and age >= 0:
        return min(_LONGEST_NS, age + _MTIME_SLACK_NS)
    return _LONGEST_NS


def _set_end(
    trace: Trace,
    source: Source,
    logs: dict[int, HoldLog],
    threads: Iterable[Thread],
    warn: Warnings,
) -> None:
    """Find when the recording ended, and drop what claims to be later."""
    opens = read_all(source, trace.chunks_of(ChunkKind.OPEN), OPEN)
    limit = _latest_possible_ns(trace.meta, source)
    ended = trace.meta.end_ns
    if ended is not None:
        ended = min(ended, _LONGEST_NS)
        limit = ended + _END_SLACK_NS
    for log in logs.values():
        log.limits.end_ns = limit
    trace.open, trace.away = opens[_sane_open(opens, limit)], read_away(trace, source, limit)
    if trace.meta.gil_enabled_at_end is False:
        # Who waited for it when it was turned off waits no more, and who let go of it went on.
        trace.open, trace.away = trace.open[:0], trace.away[:0]
    trace.cpu, _ = read_by_time(source, trace.chunks_of(ChunkKind.CPU), CPU, limit)
    trace.ready, _ = read_by_time(source, trace.chunks_of(ChunkKind.READY), READY, limit)
    if ended is None:
        _go_on(trace, source, logs, limit, warn)
    events = [ended or 0, *(log.last_release_ns() for log in logs.values())]
    events += [int(trace.open[name].max(initial=0)) for name in ("request_ns", "acquire_ns")]
    if ended is None:
        samples = trace.chunks_of(ChunkKind.SAMPLE)[-1:]
        last, _ = read_by_time(source, samples, SAMPLE, limit)
        events += [int(rows["time_ns"][-1]) for rows in (trace.cpu, last) if len(rows)]
        events += [each.end_ns for each in threads if each.end_ns <= limit]
    trace.end_ns = max(events)


def _go_on(
    trace: Trace, source: Source, logs: dict[int, HoldLog], limit: int, warn: Warnings
) -> None:
    """Add the holds that were still going on: each was looked at now and then."""
    looks, _ = read_by_time(source, trace.chunks_of(ChunkKind.LOOK), LOOK, limit)
    for gil in np.unique(looks["gil"]).tolist():
        last = looks[looks["gil"] == gil][-1]
        thread, acquire_ns, seen_ns = (int(last[x]) for x in ("thread", "acquire_ns", "time_ns"))
        if gil not in logs and gil < SAMPLER_TABLE and thread:
            logs[gil] = _log(source, defaultdict(list), gil, warn, None)
        log = logs.get(gil)
        if log is not None and log.last_release_ns() <= acquire_ns <= seen_ns:
            log.go_on(thread, acquire_ns, seen_ns)


def _sane_open(rows: npt.NDArray[np.void], end_ns: int) -> npt.NDArray[np.bool_]:
    holding = rows["state"] == OpenState.HOLDING
    sane: npt.NDArray[np.bool_] = holding | (rows["state"] == OpenState.WAITING)
    sane &= rows["request_ns"] <= end_ns
    sane &= ~holding | ((rows["acquire_ns"] >= rows["request_ns"]) & (rows["acquire_ns"] <= end_ns))
    return sane & (rows["thread"] > 0)


def _read_threads(trace: Trace, source: Source, warn: Warnings) -> dict[int, Thread]:
    chunks = trace.chunks_of(ChunkKind.THREAD)
    payloads = (source.read(chunk.offset, chunk.used) for chunk in chunks)
    threads, damaged = parse_threads(payloads)
    if damaged:
        warn("some threads' entries are damaged; their names are not known")
    cells, argv = trace.meta.cells, trace.meta.argv
    return {
        number: replace(each, name=marked(each.name), of_kernel=True)
        if is_kernels(each.name, each.tid, cells, argv)
        else each
        for number, each in threads.items()
    }


def _set_threads(trace: Trace, logs: dict[int, HoldLog], threads: dict[int, Thread]) -> None:
    if not trace.finished:
        threads = _used_so_far(trace, threads)
    trace.threads = {key: settled(threads[key], trace.end_ns) for key in sorted(threads)}
    trace.largest_thread = largest = max(threads, default=0) + _UNKNOWN_THREADS
    for log in logs.values():
        log.limits.threads = largest
    trace.open = trace.open[trace.open["thread"] <= largest]


def _used_so_far(trace: Trace, threads: dict[int, Thread]) -> dict[int, Thread]:
    """An entry has the CPU time of when it was written, which is the end or a new name."""
    used = dict(zip(trace.cpu["thread"].tolist(), trace.cpu["cpu_ns"].tolist(), strict=True))
    return {
        key: replace(each, cpu_ns=max(each.cpu_ns, used.get(key, 0)))
        for key, each in threads.items()
    }


def _read_gils(trace: Trace, source: Source, logs: dict[int, HoldLog]) -> dict[int, Gil]:
    gils = {gil: Gil(gil, -1 if gil else 0, 0, None) for gil in {*logs, *trace.totals}}
    for row in read_all(source, trace.chunks_of(ChunkKind.GIL), GIL):
        gil, end = int(row["gil"]), int(row["end_ns"])
        if gil < SAMPLER_TABLE:
            start = min(int(row["start_ns"]), trace.end_ns)
            settled_end = min(end, trace.end_ns) if end else None
            gils[gil] = Gil(gil, int(row["interpreter_id"]), start, settled_end)
    return dict(sorted(gils.items()))
