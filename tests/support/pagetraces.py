"""Traces for tests of pictures: random, of several GILs, with locks, turns, gaps that were measured."""

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
    now = alone = 10
    last = dict.fromkeys(threads, 10)
    rows, turns, resumes, samples, waits = [], [], [], [], []
    written = 0  # holds, of which a row may have several
    for row in range(holds):
        thread = int(random.choice(threads))
        acquire = now + int(random.integers(0, 2_000))
        length = int(random.exponential(3_000)) + 1
        gap = acquire - last[thread]
        request = acquire
        if random.random() < 0.5:
            # Nobody waits during turns that have one row.
            request = max(request - int(gap * random.random()), min(acquire, alone))
        if locks and request - last[thread] > 100 and random.random() < 0.5:
            begin = last[thread] + (request - last[thread]) // 4
            until = last[thread] + (request - last[thread]) // 2
            waker = int(random.choice(threads))
            waits.append((7, begin, until, until, thread, 1, waker, 2, 0, gil, 1, 0))
        site, count = int(random.integers(1, SITES + 1)), 1
        is_turns = request == acquire and random.random() < 0.2 and length > 10
        if is_turns:
            count = int(random.integers(2, 9))
            held = length // 2
            turns.append((row, written, held, count, site, min(held, 1000), 5))
        elif random.random() < 0.5:
            parked = int((request - last[thread]) * random.random() / 3)
            cpu = int((request - last[thread]) * random.random() / 3)
            measured = cpu if random.random() < 0.5 else UNMEASURED
            resumes.append((written, parked, measured, 2 + int(random.integers(0, SITES))))
        now = acquire + length
        rows.append((request, acquire, now, thread, SITE_TURNS if is_turns else site))
        if not is_turns and random.random() < 0.3:
            middle = acquire + length // 2
            samples.append((middle, acquire, thread, 2 + int(random.integers(0, SITES)), gil, 1))
        written += count
        last[thread] = now
        alone = now if is_turns else alone
    out.turns(turns, gil)
    out.holds(holds_array(rows), gil)
    out.resumes(resumes, gil)
    out.samples(samples)
    if waits:
        out.locks(sorted(waits, key=lambda each: each[1]), gil)
    return now
