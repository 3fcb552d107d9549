"""Traces of a program before a change and after it, whose differences are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.tracewriter import SAMPLER, TraceWriter, holds_array

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MS = 1_000_000


def write_pair(before: Path, now: Path, run: int) -> None:
    """One run of each side: `audit` is gone, `check` is new, `parse` takes less than half.

    What `wait_for_it` takes varies among runs in the same way on both sides.
    """
    spread = run * MS // 10
    varying = [9, 12, 7, 14][run] * MS
    lengths = {"parse": 20 * MS + spread, "wait_for_it": varying}
    write_turns(before, 3, {**lengths, "audit": 8 * MS + spread}, "/home/me/old")
    changed = {"parse": 8 * MS + spread, "wait_for_it": varying + [MS, -MS, MS, -MS][run]}
    write_turns(now, 77, {**changed, "check": 4 * MS + spread}, "/srv/new")


def write_turns(path: Path, first_line: int, lengths_ns: Mapping[str, int], folder: str) -> None:
    """Two threads take turns, in functions that main calls; `first_line` moves all of them."""
    names = list(lengths_ns)
    with TraceWriter(path) as out:
        out.meta(python="3.11.7", argv=["python", "app.py"], switch_interval_ns=5 * MS)
        for table in (0, SAMPLER):
            out.code(1, "main", f"{folder}/shop/app.py", [first_line], table)
            for number, name in enumerate(names):
                line = first_line + 10 * (number + 1)
                out.code(2 + number, name, f"{folder}/shop/app.py", [line], table)
            frames = [(2 + number, 1, 2 + number, 0) for number in range(len(names))]
            out.paths([(1, 0, 1, 0), *frames], table)
        out.sites([(1 + number, 2 + number, 0) for number in range(len(names))])
        rows, at = [], 0
        for turn in range(12):
            length_ns = lengths_ns[names[turn % len(names)]]
            request = max(0, at - 5 * MS)
            rows.append((request, at, at + length_ns, 1 + turn % 2, 1 + turn % len(names)))
            at += length_ns
        out.holds(holds_array(rows))
        for thread in (1, 2):
            out.thread(thread, f"t{thread}", 0, at, main=thread == 1, ended=False)
        out.meta(end_ns=at, end_reason="exit", exit_status=0)
