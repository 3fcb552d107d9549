"""One process of a growing trace: its names, and its newest rows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.lines import Lines
from gilscope.analysis.purpose import Purposes
from gilscope.live.now import Moment, nothing_at, parse_now
from gilscope.live.recent import RecentClocks, RecentHolds, RecentRows, rows_of
from gilscope.trace import SAMPLER_TABLE, ChunkKind
from gilscope.trace.layout import LOCK, LOOK, OPEN, READY, SAMPLE
from gilscope.trace.meta import make_meta, parse_object
from gilscope.trace.paths import PathTable, SiteTable
from gilscope.trace.threads import parse_threads

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from gilscope.trace import Thread
    from gilscope.trace.follow import News

_KINDS = frozenset(map(int, ChunkKind))
# It may be about to be written again, elsewhere if there are more threads.
_PATIENCE_LOOKS = 3
# Samples are kept so long, for a stall that is named when it is over.
SAMPLES_NS = 60_000_000_000


def _silent(_: str) -> None:
    """What is damaged, the report says when the program has ended."""


class Growing:
    """What is known of a process so far; times in ns of its recording.

    `threads` are those that live, and those that ended since `forget` was last called.
    `now` is the last moment whose facts are complete. `is_now_known`: who held and waited then is
    known; otherwise only what has ended by then.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.raw: dict[str, object] = {}
        self.meta = make_meta({}, _silent)
        self.threads: dict[int, Thread] = {}
        self.holds: dict[int, RecentHolds] = defaultdict(RecentHolds)
        self.samples = RecentRows(SAMPLE, "time_ns")
        self.looks = RecentRows(LOOK, "time_ns")
        self.ready = RecentRows(READY, "time_ns")
        self._rows = {
            ChunkKind.SAMPLE: self.samples,
            ChunkKind.LOOK: self.looks,
            ChunkKind.READY: self.ready,
        }
        self.locks: dict[int, RecentRows] = {}  # by GIL
        self.clocks = RecentClocks()
        self.now = nothing_at(0)
        self.is_now_known = False
        self.lines = Lines(self)
        self.purposes = Purposes(self)
        self._paths: dict[int, PathTable] = defaultdict(lambda: PathTable(self.meta.cells.name))
        self._sites: dict[int, SiteTable] = defaultdict(SiteTable)
        self._opens: list[npt.NDArray[np.void]] = []
        self._open_locks: list[tuple[int, npt.NDArray[np.void]]] = []
        self._seen_ns = 0
        self._misses = 0  # looks without a moment, one after another

    @property
    def ended(self) -> bool:
        return self.meta.end_ns is not None

    @property
    def gils(self) -> list[int]:
        """The GILs of which something is known; the main interpreter's is 0."""
        waited = set(self.now.open["gil"].tolist())
        return sorted(gil for gil in {*self.holds, *waited} if gil < SAMPLER_TABLE)

    def paths(self, table: int = 0) -> PathTable:
        return self._paths[table]

    def sites(self, gil: int = 0) -> SiteTable:
        return self._sites[gil]

    def take(self, news: Iterable[News]) -> None:
        """Take in what is new, in the order of `Follower.poll`."""
        moment: Moment | None = None
        paths, sites = set[int](), set[int]()
        for each in news:
            if each.kind == ChunkKind.NOW:
                moment = parse_now(each.data) or moment
            elif each.kind == ChunkKind.CODE:
                self._paths[each.table].add_codes(each.data)
            elif each.kind == ChunkKind.PATH:
                self._paths[each.table].add_path_rows(each.data)
                paths.add(each.table)
            elif each.kind == ChunkKind.SITE:
                self._sites[each.table].add_rows(each.data)
                sites.add(each.table)
            else:
                self._take_rows(each)
        for table in paths:
            self._paths[table].finish(_silent)
        for table in sites:
            self._sites[table].finish(len(self._paths[table]), _silent)
        self._set_now(moment)

    def _take_rows(self, news: News) -> None:
        rows = self._rows.get(ChunkKind(news.kind)) if news.kind in _KINDS else None
        if rows is not None:
            rows.add(news.data)
            return
        match news.kind:
            case ChunkKind.HOLDS:
                self.holds[news.table].add(news.first_row, news.data)
            case ChunkKind.TURNS:
                self.holds[news.table].add_turns(news.data)
            case ChunkKind.CPU:
                self._seen_ns = max(self._seen_ns, self.clocks.add(news.data))
            case ChunkKind.LOCK:
                of_gil = self.locks.setdefault(news.table, RecentRows(LOCK, "end_ns"))
                of_gil.add(news.data)
            case ChunkKind.THREAD:
                self._take_threads(news.data)
            case ChunkKind.META:
                self.raw |= parse_object(news.data) or {}
                self.meta = make_meta(self.raw, _silent)
            case ChunkKind.OPEN:
                self._opens.append(rows_of(news.data, OPEN))
            case ChunkKind.OPEN_LOCK:
                self._open_locks.append((news.table, rows_of(news.data, LOCK)))

    def _take_threads(self, data: bytes) -> None:
        threads, _ = parse_threads([data])
        for number, thread in threads.items():
            self.threads[number] = thread
            self.clocks.begin(number, thread.start_ns)
            if thread.ended:
                self.clocks.end(number, thread.end_ns, thread.cpu_ns)

    # --- the moment that all is known until -------------------------------------------------

    def _set_now(self, moment: Moment | None) -> None:
        end_ns = self.meta.end_ns
        if end_ns is not None:
            self.now, self.is_now_known = self._last_moment(end_ns), True
        elif moment is not None and moment.time_ns >= self.now.time_ns:
            self.now, self.is_now_known, self._misses = moment, True, 0
        elif moment is None:
            self._misses += 1
            if not self.is_now_known or self._misses > _PATIENCE_LOOKS:
                self.now, self.is_now_known = nothing_at(self._latest_ns()), False

    def _latest_ns(self) -> int:
        """Return when the last thing happened that is in the file."""
        events = [self.now.time_ns, self._seen_ns]
        events += [int(log.block.release_ns[-1]) for log in self.holds.values() if len(log.block)]
        events += [int(rows["time_ns"][-1]) for rows in (self.samples.rows,) if len(rows)]
        return max(events)

    def _last_moment(self, end_ns: int) -> Moment:
        opens = np.concatenate([np.zeros(0, OPEN), *self._opens])
        locks = np.concatenate([np.zeros(0, LOCK), *(rows for _, rows in self._open_locks)])
        gils = [np.full(len(rows), gil, np.int64) for gil, rows in self._open_locks]
        return Moment(end_ns, opens, locks, np.concatenate([np.zeros(0, np.int64), *gils]))

    def forget(self, before_ns: int) -> None:
        """Forget rows that ended before a moment, and threads that did."""
        for log in self.holds.values():
            log.forget(before_ns)
        for rows in self.locks.values():
            rows.forget(before_ns)
        self.clocks.forget(before_ns)
        for rows in (self.samples, self.looks, self.ready):
            rows.forget(min(before_ns, self.now.time_ns - SAMPLES_NS))

    def forget_thread(self, thread: int) -> None:
        del self.threads[thread]
        self.clocks.forget_thread(thread)
