"""Waits for locks: who waited for which lock, where, and who ended it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gilscope.trace.layout import (
    LOCK,
    LOCK_FOREVER,
    SAMPLER_TABLE,
    ChunkKind,
    LockFlags,
    LockResult,
)
from gilscope.trace.tables import read_all

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gilscope.trace.chunks import Chunk
    from gilscope.trace.paths import PathTable, SiteTable
    from gilscope.trace.source import Source

    Ints = npt.NDArray[np.int64]


_OF_THE_END = ("result", "waker", "waker_path", "waker_gil")


@dataclass(frozen=True, slots=True)
class LockWaits:
    """Waits in which a thread was blocked on a lock, a condition, an event, a queue or a join.

    Columns of equal length, by `begin_ns`; int64 but for `lock`. Times are in ns from the beginning
    of the recording, from the call that blocked to its return; waiting for the GIL comes after.
    The waits of one thread do not overlap.

    `lock` (uint64): the address of what was waited for; it recurs when that is gone. 0: unknown.
    `result`: LockResult. OPEN waits went on when the recording ended, or their thread did: `end_ns`
    is that end. A wait that a signal interrupted, or from which the thread woke only to find the
    lock taken, goes on in the next row of that thread.
    `thread`, `waker`: the threads that waited, and that ended it (0: unknown, or nobody did). Until
    `wake_ns` (0: unknown), `waker` had the lock, if it is a lock.
    `path`: where it waited, in `trace.paths(table)`. `waker_path`: where the waker ended it, in
    `trace.paths(waker_gil)`; if the waker had no GIL then, where it had given it up. 0: unknown.
    `owner`: the thread that had the lock when the wait began, 0: unknown.
    `flags`: LockFlags, which say of what kind the lock is, as far as that is known.
    `forever` (bool): the wait had no timeout; False if it had one, or if that is not known.
    """

    lock: npt.NDArray[np.uint64]
    begin_ns: Ints
    end_ns: Ints
    result: Ints
    thread: Ints
    path: Ints
    table: Ints
    waker: Ints
    wake_ns: Ints
    waker_path: Ints
    waker_gil: Ints
    owner: Ints
    flags: Ints
    forever: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.lock)

    @property
    def wait_ns(self) -> Ints:
        return self.end_ns - self.begin_ns

    def select(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64] | slice) -> LockWaits:
        """Return some of the waits: those of a mask, of positions or of a slice."""
        return LockWaits(*(getattr(self, each.name)[rows] for each in fields(self)))

    def followed_by(self, others: LockWaits) -> LockWaits:
        """Return both, one after the other, in whatever order that is."""
        names = [each.name for each in fields(self)]
        columns = ((getattr(self, name), getattr(others, name)) for name in names)
        return LockWaits(*map(np.concatenate, columns))

    def within(self, since_ns: int, until_ns: int) -> LockWaits:
        """Cut out a stretch; times count from its beginning. What ends later is OPEN."""
        some = self.select((self.begin_ns < until_ns) & (self.end_ns > since_ns))
        goes_on = some.end_ns > until_ns
        woken = ~goes_on & (some.wake_ns > since_ns)
        ended = {name: np.where(goes_on, 0, getattr(some, name)) for name in _OF_THE_END}
        return replace(
            some,
            begin_ns=np.maximum(some.begin_ns, since_ns) - since_ns,
            end_ns=np.minimum(some.end_ns, until_ns) - since_ns,
            wake_ns=np.where(woken, some.wake_ns - since_ns, 0),
            **ended,
        )


class Places(Protocol):
    """What says where waits were: members as of `Trace`."""

    def paths(self, table: int) -> PathTable: ...
    def sites(self, gil: int) -> SiteTable: ...


class Recorded(Places, Protocol):
    """The rest of the trace, as far as the waits refer to it."""

    end_ns: int
    largest_thread: int

    def chunks_of(self, kind: ChunkKind) -> list[Chunk]: ...


def read_lock_waits(trace: Recorded, source: Source, warn: Callable[[str], None]) -> LockWaits:
    """Read the waits of all GILs; a row that makes no sense is left out, with a warning."""
    parts, gils = [], []
    for kind in (ChunkKind.LOCK, ChunkKind.OPEN_LOCK):
        for chunk in trace.chunks_of(kind):
            rows = read_all(source, [chunk], LOCK)
            parts.append(rows)
            gils.append(np.full(len(rows), chunk.table, np.int64))
    rows = np.concatenate([np.empty(0, LOCK), *parts])
    gil = np.concatenate([np.empty(0, np.int64), *gils])
    kept = _sane(rows, trace.end_ns, trace.largest_thread)
    if not kept.all():
        warn(f"{int((~kept).sum()):,} waits for locks are damaged and were left out")
    return lock_waits_of(trace, rows[kept], gil[kept])


def lock_waits_of(trace: Places, rows: npt.NDArray[np.void], gil: Ints) -> LockWaits:
    """Make columns of rows as in the file; `gil` is that of each, whose sites it refers to."""
    order = _order(rows)
    return _columns(trace, rows[order], gil[order])


def _sane(rows: npt.NDArray[np.void], end_ns: int, largest: int) -> npt.NDArray[np.bool_]:
    sane: npt.NDArray[np.bool_] = rows["begin_ns"] <= rows["end_ns"]
    sane &= (rows["end_ns"] <= end_ns) & (rows["result"] % LOCK_FOREVER <= max(LockResult))
    known = rows["wake_ns"] > 0
    sane &= ~known | ((rows["begin_ns"] <= rows["wake_ns"]) & (rows["wake_ns"] <= rows["end_ns"]))
    for name in ("thread", "waker", "owner"):
        sane &= rows[name] <= largest
    return sane & (rows["thread"] > 0)


def _order(rows: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
    """Sort by beginning; what the collector found in memory may have been written, too."""
    order = np.lexsort((rows["thread"], rows["begin_ns"]))
    begin, thread = rows["begin_ns"][order], rows["thread"][order]
    again = (begin[1:] == begin[:-1]) & (thread[1:] == thread[:-1])
    kept: npt.NDArray[np.int64] = order[
        np.flatnonzero(np.concatenate([[True], ~again])[: len(order)])
    ]
    return kept


def _columns(trace: Places, rows: npt.NDArray[np.void], gil: Ints) -> LockWaits:
    column = {name: rows[name].astype(np.int64) for name in LOCK.names or () if name != "lock"}
    sampled = (rows["flags"] & LockFlags.SITE_IS_PATH) != 0
    path = _paths_of_sites(trace, gil, column["site"])
    looked = trace.paths(SAMPLER_TABLE) if sampled.any() else ()
    path[sampled] = np.where(column["site"] < len(looked), column["site"], 0)[sampled]
    return LockWaits(
        lock=rows["lock"],
        begin_ns=column["begin_ns"],
        end_ns=column["end_ns"],
        result=column["result"] % LOCK_FOREVER,
        thread=column["thread"],
        path=path,
        table=np.where(sampled, SAMPLER_TABLE, gil),
        waker=column["waker"],
        wake_ns=column["wake_ns"],
        waker_path=_paths_of_sites(trace, column["waker_gil"], column["waker_site"]),
        waker_gil=column["waker_gil"],
        owner=column["owner"],
        flags=column["flags"] & ~LockFlags.SITE_IS_PATH,
        forever=(rows["result"] & LOCK_FOREVER) != 0,
    )


def _paths_of_sites(trace: Places, gils: Ints, sites: Ints) -> Ints:
    path = np.zeros(len(sites), np.int64)
    for gil in np.unique(gils).tolist():
        table = trace.sites(gil).path
        mine = (gils == gil) & (sites < len(table))
        path[mine] = table[sites[mine]]
    return path
