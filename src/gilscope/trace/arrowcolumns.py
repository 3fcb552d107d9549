"""The columns of a trace's tables, before Arrow has them: numbers, and numbers of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.trace.layout import SAMPLER_TABLE, LockFlags, LockResult
from gilscope.trace.placed import Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from gilscope.trace.rows import Rows

    Columns = Mapping[str, npt.NDArray[Any]]
    Blocks = Iterator[dict[str, npt.NDArray[Any]]]
    Ints = npt.NDArray[np.int64]

# By table, the columns and their kinds: i8, u8 and bool are never missing; i4 is where it is 0, and
# text where it is not known.
_PLACE = {"path": "i8", "function": "text", "file": "text", "line": "i4"}
_THREAD = {"pid": "i8", "thread": "i8", "thread_name": "text"}
TABLES: Mapping[str, Mapping[str, str]] = {
    "holds": {
        **_THREAD,
        "gil": "i8",
        "acquire_ns": "i8",
        "release_ns": "i8",
        "holds": "i8",
        "held_ns": "i8",
        "longest_hold_ns": "i8",
        "forced": "bool",
        **_PLACE,
    },
    "waits": {
        **_THREAD,
        "gil": "i8",
        "request_ns": "i8",
        "acquire_ns": "i8",
        "wait_ns": "i8",
        **_PLACE,
    },
    "lock_waits": {
        **_THREAD,
        "lock": "u8",
        "begin_ns": "i8",
        "end_ns": "i8",
        "wait_ns": "i8",
        "result": "text",
        "kind": "text",
        "table": "i8",
        **_PLACE,
        "owner": "i4",
        "waker": "i4",
        "waker_name": "text",
        "wake_ns": "i8",
        "waker_function": "text",
        "waker_file": "text",
        "waker_line": "i4",
    },
    "samples": {
        **_THREAD,
        "gil": "i8",
        "time_ns": "i8",
        "acquire_ns": "i8",
        "waiters": "i8",
        **_PLACE,
    },
    "threads": {
        **_THREAD,
        "tid": "i8",
        "start_ns": "i8",
        "end_ns": "i8",
        "cpu_ns": "i8",
        "main": "bool",
        "ended": "bool",
    },
    "paths": {"pid": "i8", "table": "i8", "path": "i8", "parent": "i8"}
    | {name: kind for name, kind in _PLACE.items() if name != "path"},
}
_KINDS = {
    LockFlags.OF_OBJECT: "object",
    LockFlags.OF_DICT: "dict",
    LockFlags.OF_LIST: "list",
    LockFlags.OF_SET: "set",
}
_LOCK, _QUEUE, _STOPPED, _STOPS = "lock", "queue", "stopped", "stops others"
_WORDS = [each.name.lower() for each in LockResult]
_WORDS += [*_KINDS.values(), _LOCK, _QUEUE, _STOPPED, _STOPS]
_BLOCK_ROWS = 1 << 16
_UNKNOWN = -1  # in the place of a text's number


class Vocabulary:
    """Numbers all texts that the tables of some processes have."""

    def __init__(self, traces: Sequence[Rows]) -> None:
        self._numbers: dict[str, int] = {}
        self._places: dict[tuple[int, int], tuple[Ints, Ints, Ints]] = {}
        for each in _WORDS:
            self.number(each)
        for trace in traces:
            for thread in trace.threads.values():
                self.number(thread.name)
            for table in _path_tables(trace):
                self._places[id(trace), table] = self._places_of(trace, table)

    @property
    def texts(self) -> list[str]:
        return list(self._numbers)

    def number(self, text: str) -> int:
        """Number a text; one that no encoding can write is written with escapes."""
        plain = text.encode("utf-8", "backslashreplace").decode("utf-8")
        return self._numbers.setdefault(plain, len(self._numbers))

    def places(self, trace: Rows, table: int, path: Ints, prefix: str = "") -> dict[str, Ints]:
        """Return the columns of the innermost frames of some paths."""
        names = (f"{prefix}function", f"{prefix}file", f"{prefix}line")
        known = self._places[id(trace), table]
        return {
            name: column[np.where(path < len(column), path, 0)]
            for name, column in zip(names, known, strict=True)
        }

    def thread_names(self, trace: Rows, thread: Ints) -> Ints:
        known = np.full(max(trace.largest_thread, int(thread.max(initial=0))) + 1, _UNKNOWN)
        for number, each in trace.threads.items():
            known[number] = self.number(each.name)
        names: Ints = known[thread]
        return names

    def _places_of(self, trace: Rows, table: int) -> tuple[Ints, Ints, Ints]:
        paths = trace.paths(table)
        frames = paths.code << 32 | paths.instruction + 1
        _, first, inverse = np.unique(frames, return_index=True, return_inverse=True)
        function, file, line = (np.full(len(first), _UNKNOWN, np.int64) for _ in range(3))
        for at, path_id in enumerate(first.tolist()):
            frame = paths.frame(path_id)
            if frame.file:
                function[at], file[at] = self.number(frame.function), self.number(frame.file)
                line[at] = frame.line
        return function[inverse], file[inverse], line[inverse]


def _path_tables(trace: Rows) -> list[int]:
    locks = trace.lock_waits()
    used = {*trace.gils, SAMPLER_TABLE, *np.unique(locks.table).tolist()}
    return sorted(used | set(np.unique(locks.waker_gil).tolist()))


def columns_of(trace: Rows, table: str, words: Vocabulary) -> Iterator[Columns]:
    """Stream the columns of a table of one process, in blocks of bounded size."""
    for columns in _READERS[table](trace, words):
        length = len(next(iter(columns.values())))
        thread = columns.get("thread")
        if thread is not None and "thread_name" not in columns:
            columns["thread_name"] = words.thread_names(trace, thread)
        yield {"pid": np.full(length, trace.meta.pid), **columns}


def _holds(trace: Rows, words: Vocabulary) -> Blocks:
    for gil in trace.gils:
        for block in Places(trace, gil).blocks(_BLOCK_ROWS):
            holds = block.holds
            yield {
                "gil": np.full(len(holds), gil),
                "thread": holds.thread,
                "acquire_ns": holds.acquire_ns,
                "release_ns": holds.release_ns,
                "holds": holds.count,
                "held_ns": holds.held_ns,
                "longest_hold_ns": holds.longest_ns,
                "forced": block.forced,
                "path": block.path,
                **words.places(trace, gil, block.path),
            }


def _waits(trace: Rows, words: Vocabulary) -> Blocks:
    for gil in trace.gils:
        for block in Places(trace, gil).blocks(_BLOCK_ROWS):
            holds = block.holds.select(np.isin(np.arange(len(block.holds)), block.waited))
            yield {
                "gil": np.full(len(holds), gil),
                "thread": holds.thread,
                "request_ns": holds.request_ns,
                "acquire_ns": holds.acquire_ns,
                "wait_ns": holds.acquire_ns - holds.request_ns,
                "path": block.wait_path,
                **words.places(trace, gil, block.wait_path),
            }


def _lock_waits(trace: Rows, words: Vocabulary) -> Blocks:
    whole = trace.lock_waits()
    for table, waker_gil in np.unique(np.stack([whole.table, whole.waker_gil]), axis=1).T.tolist():
        waits = whole.select((whole.table == table) & (whole.waker_gil == waker_gil))
        result = np.array([words.number(each.name.lower()) for each in LockResult])
        yield {
            "thread": waits.thread,
            "lock": waits.lock,
            "begin_ns": waits.begin_ns,
            "end_ns": waits.end_ns,
            "wait_ns": waits.wait_ns,
            "result": result[waits.result],
            "kind": _kinds(waits.flags, words),
            "table": waits.table,
            "path": waits.path,
            **words.places(trace, table, waits.path),
            "owner": waits.owner,
            "waker": waits.waker,
            "waker_name": words.thread_names(trace, waits.waker),
            "wake_ns": waits.wake_ns,
            **words.places(trace, waker_gil, waits.waker_path, "waker_"),
        }


def _kinds(flags: Ints, words: Vocabulary) -> Ints:
    kind = np.full(len(flags), words.number(_LOCK))
    of_object = flags & LockFlags.OF_OBJECT != 0
    kind[~of_object & (flags & LockFlags.OF_QUEUE == LockFlags.OF_QUEUE)] = words.number(_QUEUE)
    for flag, name in _KINDS.items():
        kind[of_object & (flags & flag != 0)] = words.number(name)
    kind[flags & LockFlags.STOPPED != 0] = words.number(_STOPPED)
    kind[flags & LockFlags.STOPS != 0] = words.number(_STOPS)
    return kind


def _samples(trace: Rows, words: Vocabulary) -> Blocks:
    rows = trace.samples()
    columns = {name: rows[name].astype(np.int64) for name in rows.dtype.names or ()}
    path = columns.pop("path_id")
    yield {**columns, "path": path, **words.places(trace, SAMPLER_TABLE, path)}


def _threads(trace: Rows, words: Vocabulary) -> Blocks:
    rows = [trace.threads[number] for number in sorted(trace.threads)]
    names = ("thread", "tid", "start_ns", "end_ns", "cpu_ns")
    numbers = {name: np.array([getattr(row, name) for row in rows], np.int64) for name in names}
    marks = {
        name: np.array([getattr(row, name) for row in rows], np.bool_) for name in ("main", "ended")
    }
    yield {
        **numbers,
        **marks,
        "thread_name": np.array([words.number(r.name) for r in rows], np.int64),
    }


def _paths(trace: Rows, words: Vocabulary) -> Blocks:
    for table in _path_tables(trace):
        paths = trace.paths(table)
        path = np.arange(1, len(paths))
        yield {
            "table": np.full(len(path), table),
            "path": path,
            "parent": paths.parent[1:],
            **words.places(trace, table, path),
        }


_READERS = {
    "holds": _holds,
    "waits": _waits,
    "lock_waits": _lock_waits,
    "samples": _samples,
    "threads": _threads,
    "paths": _paths,
}
