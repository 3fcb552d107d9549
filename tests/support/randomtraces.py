"""Traces of programs that never ran: threads that hold and wait for one GIL, as chance has it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from support.tracewriter import SITE_TURNS, TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = 'x"};</script>\n;\t| `<b>` @all #1 \x1b[31m \u202e é ' + "y" * 500


@dataclass(frozen=True)
class Shape:
    """What a trace is like; a name of a thread or function may be anything."""

    threads: int = 4
    holds: int = 400
    name: str = "worker"
    function: str = "work"


def write_trace(path: Path, seed: int, shape: Shape = Shape()) -> None:
    """Write holds with waits, turns, samples, waits for locks, and who waits at the end."""
    random = np.random.default_rng(seed)
    rows, turns = _rows(random, shape)
    end_ns = int(rows[-1][2]) + 1000
    with TraceWriter(path, version=3) as out:
        out.meta(
            python="3.11.7",
            argv=["python", f"{shape.function}.py"],
            pid=4711,
            switch_interval_ns=5_000_000,
            locks_recorded=True,
        )
        for table in (0, 0xFFFF):
            out.code(1, shape.function, "/home/me/app.py", [3, 4, 5], table)
            out.code(2, "inner", "/usr/lib/python3.11/json/__init__.py", [10], table)
            out.paths([(1, 0, 1, 0), (2, 1, 1, 2), (3, 1, 2, 0), (4, 3, 1, 4)], table)
        out.sites([(1, 1, 0), (2, 2, 1), (3, 3, 0), (4, 4, 1)])
        out.holds(holds_array(rows))
        out.turns(turns)
        out.samples(_samples(random, rows))
        out.locks(_locks(random, rows, end_ns))
        for number in range(1, shape.threads + 1):
            out.thread(number, f"{shape.name}-{number}", 0, end_ns, main=number == 1)
        out.open([(2, 0, 2, 1, end_ns - 500, 0)])
        out.meta(end_ns=end_ns, end_reason="killed")


def _rows(
    random: np.random.Generator, shape: Shape
) -> tuple[list[tuple[int, ...]], list[tuple[int, int, int, int, int, int, int]]]:
    rows: list[tuple[int, ...]] = []
    turns: list[tuple[int, int, int, int, int, int, int]] = []
    free = [0] * (shape.threads + 1)  # when each thread let go
    now, number = 1000, 0
    for row in range(shape.holds):
        thread = int(random.integers(1, shape.threads + 1))
        length = int(random.exponential(50_000)) + 10
        begin = now + int(random.integers(0, 2_000))
        waits = random.random() < 0.6
        request = max(free[thread], begin - int(random.exponential(200_000))) if waits else begin
        end = begin + length
        if random.random() < 0.2:
            count = int(random.integers(2, 9))
            held = length // 2
            rows.append((begin, begin, end, thread, SITE_TURNS))
            turns.append((row, number, held, count, int(random.integers(1, 5)), held // 2, 5))
            number += count
        else:
            rows.append((request, begin, end, thread, int(random.integers(1, 5))))
            number += 1
        free[thread] = now = end
    return rows, turns


def _samples(
    random: np.random.Generator, rows: list[tuple[int, ...]]
) -> list[tuple[int, int, int, int, int, int]]:
    found = []
    for _, begin, end, thread, site in rows:
        if site != SITE_TURNS and random.random() < 0.5:
            times = np.sort(random.integers(begin, end, int(random.integers(1, 12))))
            found += [
                (int(time), begin, thread, int(random.integers(1, 5)), 0, 1) for time in times
            ]
    return found


def _locks(
    random: np.random.Generator, rows: list[tuple[int, ...]], end_ns: int
) -> list[tuple[int, ...]]:
    """Thread 1 waits now and then, for thread 2; between its holds, where nobody looks."""
    mine = [row for row in rows if row[3] == 1]
    found: list[tuple[int, ...]] = []
    for one, other in itertools.pairwise(mine):
        if other[0] - one[2] > 100 and random.random() < 0.5:
            begin, end = one[2] + 10, other[0] - 10
            found.append((0xABC, begin, end, end - 1, 1, 1, 2, 2, 2, 0, 1, 0))
    assert all(row[2] < end_ns for row in found)
    return found
