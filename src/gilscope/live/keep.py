"""Keep the last minute of a growing trace, as a trace of its own."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from gilscope.trace import SAMPLER_TABLE, SITE_TURNS, ChunkKind, HoldBlock, OpenState, cut, load
from gilscope.trace.layout import (
    CHUNK_HEADER,
    CHUNK_MAGIC,
    FILE_HEADER,
    FILE_HEADER_BYTES,
    FILE_MAGIC,
    FORMAT_VERSION,
    GIL,
    HOLD,
    HOLDS_ALIGNMENT,
    LOCK,
    LOCK_FOREVER,
    OPEN,
    RESUME,
    THREAD_ENTRY,
    TURNS,
    LockResult,
    ThreadFlags,
    round_up,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.live.process import Growing
    from gilscope.live.watch import Watch
    from gilscope.trace import Trace

    Rows = npt.NDArray[np.void]

_DEFINITIONS = (ChunkKind.CODE, ChunkKind.PATH, ChunkKind.SITE)
_OF_THE_WHOLE_RUN = ("cpu_ns", "children_cpu_ns", "exit_status", "samples")


def keep(watch: Watch, output: BinaryIO, seconds: float) -> None:
    """Write the last seconds of all processes that were there, up to the last look.

    Raises:
        GilscopeError: the growing trace cannot be read.
        OSError: the file cannot be written.
    """
    writer = _Writer(output)
    with load(watch.path) as trace:
        growing = {each.growing.number: each.growing for each in watch.processes}
        ends_ns = [each.meta.start_monotonic_ns + each.now.time_ns for each in growing.values()]
        since_ns = max(ends_ns, default=0) - round(seconds * 1e9)
        for each in trace.processes:
            known = growing.get(each.process)
            end_ns = known.now.time_ns if known else each.end_ns
            start_ns = each.meta.start_monotonic_ns
            if each.process == 0 or start_ns + end_ns > since_ns:
                _keep_process(writer, each, known, max(0, since_ns - start_ns), end_ns)
        for chunk in trace.chunks_of(ChunkKind.PROCESS):
            source, *_ = trace._parts()  # noqa: SLF001 - it is written as it was read
            writer.put(ChunkKind.PROCESS, 0, 0, source.read(chunk.offset, chunk.used))


def _keep_process(
    writer: _Writer, trace: Trace, growing: Growing | None, since_ns: int, end_ns: int
) -> None:
    """Write one process: its definitions, then its rows, then what was going on at the end."""
    # What the file says of its end is not known as long as it has none.
    trace.end_ns = max(trace.end_ns, end_ns)
    window = cut(trace, since_ns, end_ns)
    since_ns = window.meta.start_monotonic_ns - trace.meta.start_monotonic_ns
    put = writer.of(trace.process)
    _put_meta(put, window)
    source, chunks, *_ = trace._parts()  # noqa: SLF001 - as above
    for (kind, table), some in chunks.items():
        if kind in _DEFINITIONS:
            put(kind, table, b"".join(source.read(each.offset, each.used) for each in some))
    opens = _opens(window, growing, since_ns)
    for gil in window.gils:
        _put_holds(put, window, gil, opens)
    for table, rows in _locks(trace, growing, since_ns, end_ns):
        put(ChunkKind.LOCK, table, rows.tobytes())
    put(ChunkKind.SAMPLE, SAMPLER_TABLE, window.samples().tobytes())
    put(ChunkKind.LOOK, SAMPLER_TABLE, window.looks().tobytes())
    put(ChunkKind.CPU, 0, window.cpu.tobytes())
    put(ChunkKind.READY, 0, window.ready.tobytes())
    put(ChunkKind.GIL, 0, _gils(window).tobytes())
    for row in opens:
        is_holding = row["state"] == OpenState.HOLDING
        put(ChunkKind.OPEN, SAMPLER_TABLE if is_holding else int(row["gil"]), row.tobytes())
    put(ChunkKind.THREAD, 0, b"".join(_thread_entries(window)))


class _Put:
    """Writes chunks of one process."""

    def __init__(self, writer: _Writer, process: int) -> None:
        self._writer, self._process = writer, process

    def __call__(self, kind: ChunkKind | int, table: int, payload: bytes) -> None:
        self._writer.put(kind, table, self._process, payload)


class _Writer:
    """Appends chunks to a new trace file."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        output.write(FILE_HEADER.pack(FILE_MAGIC, FORMAT_VERSION, FILE_HEADER_BYTES))
        self._at = FILE_HEADER_BYTES

    def of(self, process: int) -> _Put:
        return _Put(self, process)

    def put(self, kind: ChunkKind | int, table: int, process: int, payload: bytes) -> None:
        if not payload:
            return
        begin = self._at + CHUNK_HEADER.size
        if kind == ChunkKind.HOLDS:
            begin = round_up(begin, HOLDS_ALIGNMENT)
        skip, used = begin - self._at, len(payload)
        header = CHUNK_HEADER.pack(CHUNK_MAGIC, kind, table, skip, process, used, used, 0)
        end = round_up(begin + used, 8)
        self._output.write(header.ljust(skip, b"\0") + payload.ljust(end - begin, b"\0"))
        self._at = end


def _put_meta(put: _Put, window: Trace) -> None:
    meta = window.meta
    raw = {key: value for key, value in meta.raw.items() if key not in _OF_THE_WHOLE_RUN}
    raw |= {
        "start_unix_ns": meta.start_unix_ns,
        "start_monotonic_ns": meta.start_monotonic_ns,
        "end_ns": window.end_ns,
        "end_reason": meta.end_reason,
    }
    if len(window.samples()):
        raw.setdefault("sampler", "ok")
    put(ChunkKind.META, 0, json.dumps(raw).encode())


# --- the GIL ------------------------------------------------------------------------------------


def _put_holds(put: _Put, window: Trace, gil: int, opens: Rows) -> None:
    blocks = list(window.hold_blocks(gil))
    if blocks:
        columns = (
            np.concatenate([getattr(block, each.name) for block in blocks])
            for each in fields(HoldBlock)
        )
        block = HoldBlock(*columns)
    else:
        block = HoldBlock(*(np.zeros(0, np.int64) for _ in fields(HoldBlock)))
    holding = opens[(opens["gil"] == gil) & (opens["state"] == OpenState.HOLDING)]
    # A file without an end has the hold that goes on, as far as it was seen.
    for row in holding:
        block = block.select(block.acquire_ns < int(row["acquire_ns"]))
    number = np.cumsum(block.count) - block.count
    rows = np.zeros(len(block) + len(holding), HOLD)
    for name in ("request_ns", "acquire_ns", "release_ns", "thread", "site"):
        rows[name][: len(block)] = getattr(block, name)
    for name in ("request_ns", "acquire_ns", "thread"):
        rows[name][len(block) :] = holding[name]
    rows["release_ns"][len(block) :] = window.end_ns
    put(ChunkKind.TURNS, gil, _turns(block, rows, number).tobytes())
    put(ChunkKind.HOLDS, gil, rows.tobytes())
    put(ChunkKind.RESUME, gil, _resumes(window, gil, block, number).tobytes())


def _turns(block: HoldBlock, rows: Rows, number: npt.NDArray[np.int64]) -> Rows:
    """Describe the rows that stand for many holds, and mark them."""
    length = block.release_ns - block.acquire_ns
    many = np.flatnonzero((block.count > 1) | (block.held_ns != length))
    turns = np.zeros(len(many), TURNS)
    turns["row"], turns["hold_row"] = many, number[many]
    turns["held_ns"], turns["count"] = block.held_ns[many], block.count[many]
    turns["site"], turns["longest_hold_ns"] = block.site[many], block.longest_ns[many]
    turns["longest_off_ns"] = np.minimum((length - block.held_ns)[many], 2**32 - 1)  # at most
    rows["site"][many] = SITE_TURNS
    return turns


def _resumes(window: Trace, gil: int, block: HoldBlock, number: npt.NDArray[np.int64]) -> Rows:
    """Number what preceded holds as these are numbered now."""
    index = block.index
    if not len(index):
        return np.zeros(0, RESUME)
    found = window.resumes(gil).between(int(index[0]), int(index[-1]) + 1).copy()
    wanted = found["hold_row"].astype(np.int64)
    at = np.minimum(np.searchsorted(index, wanted), len(index) - 1)
    known = index[at] == wanted
    found["hold_row"] = number[at]
    kept: Rows = found[known]
    return kept


def _opens(window: Trace, growing: Growing | None, since_ns: int) -> Rows:
    """Return who held and who waited at the end, each thread once."""
    rows = window.open
    if growing is not None and not growing.ended:
        now = growing.now.open.copy()
        for name in ("request_ns", "acquire_ns"):
            now[name] = np.maximum(now[name], since_ns) - np.uint64(since_ns)
        rows = np.concatenate([now, rows]) if len(now) else rows
    _, once = np.unique(rows["thread"], return_index=True)
    kept: Rows = np.concatenate([np.zeros(0, OPEN), rows[np.sort(once)]])
    return kept


# --- everything else ----------------------------------------------------------------------------


def _locks(
    trace: Trace, growing: Growing | None, since_ns: int, end_ns: int
) -> list[tuple[int, Rows]]:
    """Return the waits for locks of a window, by the table of their sites."""
    source, *_ = trace._parts()  # noqa: SLF001 - as above
    found: list[tuple[int, Rows]] = []
    for kind in (ChunkKind.LOCK, ChunkKind.OPEN_LOCK):
        for chunk in trace.chunks_of(kind):
            data = source.read(chunk.offset, chunk.used)
            found.append((chunk.table, np.frombuffer(data, LOCK, len(data) // LOCK.itemsize)))
    if growing is not None and not growing.ended:
        now = growing.now
        pairs = zip(now.lock_gils.tolist(), range(len(now.locks)), strict=True)
        found += [(gil, now.locks[at : at + 1]) for gil, at in pairs]
    return [(table, _shifted(rows, since_ns, end_ns)) for table, rows in found]


def _shifted(rows: Rows, since_ns: int, end_ns: int) -> Rows:
    rows = rows[(rows["begin_ns"] < end_ns) & (rows["end_ns"] > since_ns)].copy()
    since = np.uint64(since_ns)
    goes_on = rows["end_ns"] > end_ns
    rows["result"][goes_on] = LockResult.OPEN | rows["result"][goes_on] & LOCK_FOREVER
    for name in ("wake_ns", "waker", "waker_site"):
        rows[name][goes_on] = 0
    rows["wake_ns"][rows["wake_ns"] <= since] = 0
    rows["begin_ns"] = np.maximum(rows["begin_ns"], since) - since
    rows["end_ns"] = np.minimum(rows["end_ns"], np.uint64(end_ns)) - since
    rows["wake_ns"] = np.where(rows["wake_ns"] > 0, rows["wake_ns"] - since, 0)
    return rows


def _gils(window: Trace) -> Rows:
    rows = np.zeros(len(window.gils), GIL)
    for row, gil in zip(rows, window.gils.values(), strict=True):
        row["gil"], row["interpreter_id"] = gil.gil, gil.interpreter_id
        row["start_ns"], row["end_ns"] = gil.start_ns, gil.end_ns or 0
    return rows


def _thread_entries(window: Trace) -> Sequence[bytes]:
    entries = []
    for number, thread in window.threads.items():
        name = thread.name.encode("utf-8", "replace")
        flags = ThreadFlags.MAIN * thread.main | ThreadFlags.ENDED * thread.ended
        end_ns = thread.end_ns if thread.ended else window.end_ns
        entry = THREAD_ENTRY.pack(
            number, thread.tid, thread.start_ns, end_ns, thread.cpu_ns, flags, len(name)
        )
        entries.append((entry + name).ljust(round_up(len(entry) + len(name), 8), b"\0"))
    return entries
