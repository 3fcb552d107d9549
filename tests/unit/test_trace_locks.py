"""Waits for locks are read as they were written, and what makes no sense is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.trace import SAMPLER_TABLE, LockResult, Trace, cut, load
from support.tracewriter import TraceWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

END_NS = 1_000_000
GOT, OPEN = int(LockResult.GOT), int(LockResult.OPEN)


def row(
    thread: int,
    begin: int,
    end: int,
    *,
    site: int = 1,
    waker: int = 0,
    wake: int = 0,
    result: int = GOT,
    flags: int = 0,
) -> tuple[int, ...]:
    return (0x1000, begin, end, wake, thread, site, waker, 2 if waker else 0, 0, 0, result, flags)


def written(
    path: Path, rows: Sequence[tuple[int, ...]], left: Sequence[tuple[int, ...]] = ()
) -> Trace:
    """A trace with two threads, two sites in GIL 0, and one path of the collector's."""
    with TraceWriter(path) as writer:
        writer.meta(end_ns=END_NS, locks_recorded=True)
        writer.code(1, "work", "app.py", [10, 11])
        writer.paths([(1, 0, 1, 0), (2, 0, 1, 2)])
        writer.sites([(1, 1, 2), (2, 2, 0)])
        writer.code(1, "looked", "app.py", [20], SAMPLER_TABLE)
        writer.paths([(1, 0, 1, 0)], SAMPLER_TABLE)
        for thread in (1, 2):
            writer.thread(thread, f"t{thread}", 0, END_NS)
        writer.locks(rows)
        writer.locks(left, left=True)
    return load(path)


def test_columns(tmp_path: Path) -> None:
    rows = [row(1, 300, 500, waker=2, wake=450), row(2, 100, 200)]
    trace = written(tmp_path / "x.gil", rows)
    waits = trace.lock_waits()
    assert trace.meta.locks_recorded
    assert waits.thread.tolist() == [2, 1], "by their beginning"
    assert waits.wait_ns.tolist() == [100, 200]
    assert waits.waker.tolist() == [0, 2]
    assert waits.wake_ns.tolist() == [0, 450]
    assert trace.paths(int(waits.table[1])).frame(int(waits.path[1])).line == 10
    assert trace.paths(int(waits.waker_gil[1])).frame(int(waits.waker_path[1])).line == 11
    assert waits.lock.tolist() == [0x1000, 0x1000]
    assert not trace.warnings


def test_a_trace_without_locks(tmp_path: Path) -> None:
    trace = written(tmp_path / "x.gil", [])
    assert len(trace.lock_waits()) == 0


def test_what_the_collector_found_where_it_looked(tmp_path: Path) -> None:
    left = [row(2, 100, END_NS, result=OPEN, flags=1), row(1, 50, END_NS, result=OPEN)]
    trace = written(tmp_path / "x.gil", [], left)
    waits = trace.lock_waits()
    assert waits.table.tolist() == [0, SAMPLER_TABLE]
    places = zip(waits.table.tolist(), waits.path.tolist(), strict=True)
    frames = [trace.paths(table).frame(path) for table, path in places]
    assert [each.line for each in frames] == [10, 20]


def test_what_was_written_twice_counts_once(tmp_path: Path) -> None:
    """A program is killed between the row and the note that it is written."""
    waits = written(tmp_path / "x.gil", [row(1, 5, 9)], [row(1, 5, 9), row(2, 5, 9)]).lock_waits()
    assert waits.thread.tolist() == [1, 2]


def test_damage_is_left_out(tmp_path: Path) -> None:
    bad = [
        row(1, 9, 5),
        row(0, 1, 2),
        row(1, 1, END_NS * 2),
        row(1, 1, 2, result=77),
        row(1, 10, 20, waker=2, wake=5),
        row(1 << 30, 1, 2),
    ]
    trace = written(tmp_path / "x.gil", [*bad, row(1, 100, 200)])
    assert trace.lock_waits().begin_ns.tolist() == [100]
    assert any("6 waits for locks" in text for text in trace.warnings)


def test_unknown_sites_are_no_place(tmp_path: Path) -> None:
    rows = [row(1, 1, 2, site=999), row(2, 1, 2, site=999, flags=1)]
    assert written(tmp_path / "x.gil", rows).lock_waits().path.tolist() == [0, 0]


def test_a_window(tmp_path: Path) -> None:
    rows = [row(1, 100, 300, waker=2, wake=290), row(1, 500, 900, waker=2, wake=800)]
    trace = written(tmp_path / "x.gil", [*rows, row(2, 10, 50)])
    waits = cut(trace, 200, 600).lock_waits()
    assert waits.begin_ns.tolist() == [0, 300]
    assert waits.end_ns.tolist() == [100, 400]
    assert waits.result.tolist() == [GOT, OPEN]
    assert waits.waker.tolist() == [2, 0]
    assert waits.wake_ns.tolist() == [90, 0]
