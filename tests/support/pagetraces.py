"""Random traces for tests of pictures: of several GILs, with locks, turns, and measured gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from support.tracewriter import SAMPLER, SITE_TURNS, UNMEASURED, TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

SITES = 6


def write_names(out: TraceWriter, tables: tuple[int, ...], names: list[str] | None = None) -> None:
    """Six lines, each in a function of its own that main calls."""
    names = names or [f"function_{number}" for number in range(SITES)]
    for table in tables:
        out.code(1, "main", "/app/main.py", [1, 2], table)
        for number in range(SITES):
            out.code(2 + number, names[number], f"/app/{names[number]}.py", [10 + number], table)
        paths = [(1, 0, 1, 0), *((2 + number, 1, 2 + number, 0) for number in range(SITES))]
        out.paths(paths, table)


def random_trace(
    path: Path, seed: int, *, holds: int = 400, threads: int = 4, gils: int = 1, locks: int = 0
) -> None:
    """Threads take turns at random; some wait, some turns have one row, some gaps are measured.

    Each GIL has threads of its own. Locks are waited for in gaps.
    """
    random = np.random.default_rng(seed)
    with TraceWriter(path) as out:
        out.meta(
            python="3.11.7", argv=["python", "random.py"], switch_interval_ns=5_000, sampler="ok",
            locks_recorded=True, host="here", pid=77,
        )  # fmt: skip
        write_names(out, (*range(gils), SAMPLER))
        end = 0
        for gil in range(gils):
            out.gil(gil, gil)
            out.sites(((1 + n, 2 + n, int(n % 2)) for n in range(SITES)), gil)
            mine = list(range(1 + gil * threads, 1 + (gil + 1) * threads))
            end = max(end, _write_gil(out, random, gil, mine, holds, locks))
        for thread in range(1, 1 + gils * threads):
            out.thread(thread, f"worker-{thread}", 0, end + 50, 0, main=thread == 1, ended=False)
        out.meta(end_ns=end + 50, end_reason="exit", exit_status=0)


def _write_gil(
    out: TraceWriter,
    random: np.random.Generator,
    gil: int,
    threads: list[int],
    holds: int,
    locks: int,
) -> int:
    line = _Line(random, gil, threads, locks)
    for row in range(holds):
        line.add(row)
    out.turns(line.turns, gil)
    out.holds(holds_array(line.rows), gil)
    out.resumes(line.resumes, gil)
    out.samples(line.samples)
    if line.waits:
        out.locks(sorted(line.waits, key=lambda each: each[1]), gil)
    return line.now


def requests_trace(path: Path, requests: int, at_once: int) -> None:
    """A server that starts a thread for each request; so many of them are there at one time."""
    life, step = 1_000 * at_once, 1_000
    rows = []
    with TraceWriter(path) as out:
        out.meta(python="3.11.7", argv=["python", "serve.py"], switch_interval_ns=5_000, pid=5)
        write_names(out, (0, SAMPLER))
        out.sites([(1, 2, 0)])
        out.thread(1, "MainThread", 0, requests * step + life, main=True, ended=False)
        for number in range(requests):
            start = number * step
            rows.append((start + 100, start + 300, start + 900, 2 + number, 1))
            name = f"Thread-{number} (process_request_thread)"
            out.thread(2 + number, name, start, start + life - 1)
        out.holds(holds_array(rows))
        out.meta(end_ns=requests * step + life, end_reason="exit")


class _Line:
    """The holds of one GIL, one after another."""

    def __init__(
        self, random: np.random.Generator, gil: int, threads: list[int], locks: int
    ) -> None:
        self._random, self._gil, self._threads, self._locks = random, gil, threads, locks
        self.now = self._alone = 10
        self._last = dict.fromkeys(threads, 10)
        self._written = 0  # holds, of which a row may have several
        self.rows: list[tuple[int, ...]] = []
        self.turns: list[tuple[int, int, int, int, int, int, int]] = []
        self.resumes: list[tuple[int, int, int, int]] = []
        self.samples: list[tuple[int, int, int, int, int, int]] = []
        self.waits: list[tuple[int, ...]] = []

    def _one_of(self, low: int, high: int) -> int:
        return int(self._random.integers(low, high))

    def _happens(self, share: float) -> bool:
        return bool(self._random.random() < share)

    def add(self, row: int) -> None:
        random, site = self._random, self._one_of(1, SITES + 1)
        thread = int(random.choice(self._threads))
        acquire = request = self.now + self._one_of(0, 2_000)
        length = int(random.exponential(3_000)) + 1
        since = self._last[thread]
        if self._happens(0.5):
            # Nobody waits during turns that have one row.
            request = max(
                request - int((acquire - since) * random.random()), min(acquire, self._alone)
            )
        if self._locks and request - since > 100 and self._happens(0.5):
            self._add_lock(thread, since, request)
        self.now = self._last[thread] = acquire + length
        if request == acquire and length > 10 and self._happens(0.2):
            self._add_turns(row, length // 2, site)
            self.rows.append((request, acquire, self.now, thread, SITE_TURNS))
            return
        if self._happens(0.5):
            self._add_resume(request - since)
        if self._happens(0.3):
            path = 2 + self._one_of(0, SITES)
            self.samples.append((acquire + length // 2, acquire, thread, path, self._gil, 1))
        self.rows.append((request, acquire, self.now, thread, site))
        self._written += 1

    def _add_lock(self, thread: int, since: int, request: int) -> None:
        quarter = (request - since) // 4
        begin, end = since + quarter, since + 2 * quarter
        waker = int(self._random.choice(self._threads))
        self.waits.append((7, begin, end, end, thread, 1, waker, 2, 0, self._gil, 1, 0))

    def _add_turns(self, row: int, held: int, site: int) -> None:
        count = self._one_of(2, 9)
        self.turns.append((row, self._written, held, count, site, min(held, 1000), 5))
        self._written += count
        self._alone = self.now

    def _add_resume(self, gap: int) -> None:
        parked, cpu = (int(gap * self._random.random() / 3) for _ in range(2))
        measured = cpu if self._happens(0.5) else UNMEASURED
        self.resumes.append((self._written, parked, measured, 2 + self._one_of(0, SITES)))
