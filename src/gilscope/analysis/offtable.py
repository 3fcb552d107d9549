"""The lines at which each thread was without the GIL, and what it did there."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.offrows import Asleep, OffKind, OffRow
from gilscope.trace import SAMPLER_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from gilscope.analysis.asleep import OffStretches, OffSum
    from gilscope.analysis.lines import Lines
    from gilscope.analysis.model import Line, ThreadRow
    from gilscope.analysis.purpose import Purposes
    from gilscope.trace import LockWaits, Trace

    Bools = npt.NDArray[np.bool_]

MOST_ROWS = 8  # of a thread
MOST = 0.5
# So often must a library's line have been seen with those that called it, to be told by them.
LEAST_TOLD = 3
LEAST_SHARE = 0.001  # of the run: shorter rows say nothing to anybody
# Sums over a thread that had several GILs count its time with one as time without the other.
_SLACK = 1.01
# Who was there for a tenth as long as the one that was there for longest is counted.
_COUNTED_SHARE = 0.1


@dataclass(slots=True)
class _Sum:
    off_ns: float = 0.0
    times: int = 0
    longest_ns: int = 0
    inside: Line | None = None
    still_ns: float = 0.0

    def add(
        self, off_ns: float, times: int, longest_ns: int, inside: Line | None, *, still: bool
    ) -> None:
        if off_ns >= self.off_ns:
            self.inside = inside
        self.off_ns += off_ns
        self.still_ns += off_ns if still else 0.0
        self.times += times
        self.longest_ns = max(self.longest_ns, longest_ns)


_Rows = dict[tuple[int, OffKind], _Sum]  # by number of the line


class OffTable:
    """Gathers what is known of all GILs, and of the locks."""

    def __init__(
        self, trace: Trace, lines: Lines, waits: LockWaits, idle: Bools, purposes: Purposes
    ) -> None:
        self._trace, self._lines, self._purposes = trace, lines, purposes
        self._sums: dict[int, list[tuple[int, int, OffSum]]] = defaultdict(list)  # by thread
        self._locks: dict[int, list[tuple[int, int, OffKind, list[int]]]] = defaultdict(list)
        for kind, rows in ((OffKind.IDLE, idle), (OffKind.LOCK, ~idle)):
            for table, thread, path, sums in _by_path(waits.select(rows)):
                self._locks[thread].append((table, path, kind, sums))

    def add(self, gil: int, stretches: OffStretches) -> None:
        for table, sums in ((gil, stretches.sums), (SAMPLER_TABLE, stretches.looked)):
            for (thread, path), known in sums.items():
                self._sums[thread].append((table, path, known))

    def complete(
        self, threads: Sequence[ThreadRow], *, cpu_is_known: bool
    ) -> tuple[ThreadRow, ...]:
        """Fill in `blocked`. Unless `cpu_is_known`, only what was measured counts as computing."""
        wall_s = self._trace.end_ns / 1e9
        rows = []
        for row in threads:
            rest_ns = row.computing_s * 1e9 if cpu_is_known else 0.0
            rows.append(replace(row, blocked=self._rows(row, rest_ns, LEAST_SHARE * wall_s)))
        return tuple(rows)

    def _rows(self, row: ThreadRow, computing_ns: float, least_s: float) -> tuple[OffRow, ...]:
        sums = self._sum_up(row.thread, computing_ns)
        if sum(each.off_ns for each in sums.values()) > _SLACK * row.off_gil_s * 1e9:
            return ()
        rows = [
            OffRow(
                self._lines[number],
                kind,
                known.off_ns / 1e9,
                known.times,
                known.longest_ns / 1e9,
                known.inside,
                still=known.still_ns > MOST * known.off_ns,
            )
            for (number, kind), known in sums.items()
            if known.off_ns >= least_s * 1e9 > 0
        ]
        return tuple(sorted(rows, key=lambda each: -each.off_s)[:MOST_ROWS])

    def _sum_up(self, thread: int, computing_ns: float) -> _Rows:
        rows: _Rows = defaultdict(_Sum)
        for table, path, kind, (off_ns, times, longest_ns) in self._locks[thread]:
            self._add(rows, table, path, kind, (off_ns, times, longest_ns))
        known = self._sums[thread]
        idle = [self._purposes.is_idle(gil, path) for gil, path, _ in known]
        rest_ns = max(0.0, computing_ns - sum(each.cpu_ns for _, _, each in known))
        room_ns = sum(
            each.unmeasured_ns for (*_, each), skip in zip(known, idle, strict=True) if not skip
        )
        share = min(1.0, rest_ns / room_ns) if room_ns else 0.0
        shares = self._shares(known)
        for (gil, innermost, each), is_idle in zip(known, idle, strict=True):
            # Which of those that were not measured computed is not known: all of them a little.
            cpu_ns = each.cpu_ns + (0.0 if is_idle else share * each.unmeasured_ns)
            kind = OffKind.IDLE if is_idle else OffKind.BLOCKED
            blocked_ns, still = each.off_ns - cpu_ns, gil == SAMPLER_TABLE
            for path, part in shares.get((gil, innermost), {innermost: 1.0}).items():
                times = round(part * each.times)
                self._add(rows, gil, path, OffKind.COMPUTING, (part * cpu_ns, times, 0))
                off = part * blocked_ns, times, each.longest_ns
                self._add(rows, gil, path, kind, off, still=still)
        return rows

    def _shares(
        self, known: Sequence[tuple[int, int, OffSum]]
    ) -> dict[tuple[int, int], dict[int, float]]:
        """Say from which whole paths a library's lines were called, where only those are known.

        So it is of brief calls, but some of them are known to the outermost frame: the others are
        shared out as these are.
        """
        found: dict[tuple[int, int], dict[int, float]] = {}
        whole = self._whole(known)
        for gil, path, _ in known:
            paths = self._trace.paths(gil)
            same = whole[gil, int(paths.code[path]), int(paths.instruction[path])]
            total = same.total()
            if path and not paths.parent[path] and total >= LEAST_TOLD:
                found[gil, path] = {each: times / total for each, times in same.items()}
        return found

    def _whole(
        self, known: Sequence[tuple[int, int, OffSum]]
    ) -> dict[tuple[int, int, int], Counter[int]]:
        """Return how often a thread was at which whole paths, by their innermost frame."""
        whole: dict[tuple[int, int, int], Counter[int]] = defaultdict(Counter)
        for gil, path, each in known:
            paths = self._trace.paths(gil)
            if paths.parent[path]:
                innermost = gil, int(paths.code[path]), int(paths.instruction[path])
                whole[innermost][path] += each.times
        return whole

    def _add(
        self,
        rows: _Rows,
        table: int,
        path: int,
        kind: OffKind,
        sums: tuple[float, int, int],
        *,
        still: bool = False,
    ) -> None:
        if sums[0] > 0:
            number = self._lines.number(table, path)
            rows[number, kind].add(*sums, self._lines.inside(table, path), still=still)


def _by_path(waits: LockWaits) -> Iterator[tuple[int, int, int, list[int]]]:
    """Sum up waits for locks by table, thread and path: thread-ns, how many, and the longest."""
    places = np.stack([waits.table, waits.thread, waits.path], axis=1)
    key, inverse = np.unique(places, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    off = np.bincount(inverse, weights=waits.wait_ns, minlength=len(key)).astype(np.int64)
    times = np.bincount(inverse, minlength=len(key))
    longest = np.zeros(len(key), np.int64)
    np.maximum.at(longest, inverse, waits.wait_ns)
    columns = zip(key.tolist(), off.tolist(), times.tolist(), longest.tolist(), strict=True)
    for (table, thread, path), *sums in columns:
        yield table, thread, path, sums


# Of what threads were blocked for most: a lock that was waited for almost as long comes first.
NEARLY = 0.8
MOST_ALSO = 2  # other lines that are named


def asleep(threads: Sequence[ThreadRow]) -> Asleep | None:
    """Return where threads were blocked for most of their time, none of it idle; None: nowhere.

    A thread that had no core for most of the time in which it seems blocked was not blocked.
    """
    by_line: Mapping[tuple[Line, OffKind], list[OffRow]] = defaultdict(list)
    for thread in threads:
        was_ready = (thread.ready_s or 0.0) > MOST * _off_s(thread, OffKind.BLOCKED)
        for row in thread.blocked:
            if row.kind is OffKind.LOCK or (row.kind is OffKind.BLOCKED and not was_ready):
                by_line[row.line, row.kind].append(row)
    if not by_line:
        return None
    known = sorted(map(_asleep_at, by_line.values()), key=lambda each: -each.off_s)
    found = replace(known[0], also=_as_long(known))
    # Who has a lock, and is blocked, keeps those waiting who want it: that is what can be changed.
    locks = [
        lock
        for lock in known
        if lock.kind is OffKind.LOCK
        and not lock.is_for_signal
        and lock.off_s >= NEARLY * found.off_s
    ]
    return max(locks, key=lambda each: each.off_s, default=found)


def _as_long(known: Sequence[Asleep]) -> tuple[Line, ...]:
    """Return where other threads were blocked nearly as long: one of them may wait for another."""
    first, *others = known
    return tuple(
        each.line
        for each in others[:MOST_ALSO]
        if each.kind is first.kind and each.longest_s >= NEARLY * first.longest_s
    )


def _asleep_at(rows: Sequence[OffRow]) -> Asleep:
    longest = max(rows, key=lambda row: row.off_s)
    return Asleep(
        line=longest.line,
        kind=longest.kind,
        off_s=sum(row.off_s for row in rows),
        longest_s=longest.off_s,
        threads=sum(row.off_s >= _COUNTED_SHARE * longest.off_s for row in rows),
        inside=longest.inside,
        times=longest.times,
        still=longest.still,
    )


def busy_s(threads: Sequence[ThreadRow]) -> float:
    """Return how long the least idle thread was not idle."""
    return max((row.lifetime_s - _off_s(row, OffKind.IDLE) for row in threads), default=0.0)


def own_path_s(row: ThreadRow) -> float:
    """Return how long what a thread did takes, if it never waits for another's lock or work."""
    waited_s = _off_s(row, OffKind.IDLE, OffKind.LOCK)
    return row.hold_s + max(0.0, row.off_gil_s - row.handover_s - waited_s)


def _off_s(row: ThreadRow, *kinds: OffKind) -> float:
    return sum(each.off_s for each in row.blocked if each.kind in kinds)
