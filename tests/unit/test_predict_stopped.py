"""Who may have been told to stop does nothing, at the least; and nobody else is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.predict import predict
from gilscope.trace import LockResult, load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
MAIN, WORKER, OTHER = 1, 2, 3
WORKS, JOINS = 1, 2  # sites
END_MS = 1000


def least_ms(
    path: Path, *, waits_ms: int, joins_at_ms: int, joined_ms: int = 0, other: str = "other"
) -> float:
    """Of a worker that computes for a second; main needs the GIL for 1 ms, ten times, and joins it.

    Main waits for so long each time; the worker ends at `END_MS`, and so the join. Just before that
    main has waited for so long for the end of another thread. One of such a name ends after it.
    """
    holds, end = [], 0
    for turn in range(10):
        begin = turn * 80
        holds += [(begin, begin + waits_ms, begin + waits_ms + 1, MAIN, WORKS)]
        holds += [(end, end, begin + waits_ms, WORKER, WORKS)] if begin + waits_ms > end else []
        end = begin + waits_ms + 1
    holds += [(end, end, END_MS, WORKER, WORKS), (END_MS, END_MS, END_MS + 1, MAIN, WORKS)]
    holds += [(END_MS + 1, END_MS + 1, END_MS + 2, OTHER, WORKS)]
    with TraceWriter(path) as writer:
        writer.meta(end_ns=(END_MS + 2) * MS, locks_recorded=True)
        writer.code(1, "work", "app.py", [1])
        writer.code(2, "Thread.join", "/lib/threading.py", [2])
        writer.paths([(1, 0, 1, 0), (2, 0, 2, 0)])
        writer.sites([(WORKS, 1, 0), (JOINS, 2, 0)])
        writer.thread(MAIN, "MainThread", 0, (END_MS + 2) * MS, main=True)
        writer.thread(WORKER, "worker-1", 0, END_MS * MS)
        writer.thread(OTHER, other, 0, (END_MS + 2) * MS)
        rows = [(*(each * MS for each in row[:3]), *row[3:]) for row in holds]
        writer.holds(holds_array(sorted(rows, key=lambda row: row[1])))
        join = (joins_at_ms * MS, END_MS * MS, END_MS * MS, MAIN, JOINS, WORKER)
        locks = [(0x1000, *join, 0, WORKER, 0, int(LockResult.GOT), 0)]
        if joined_ms:
            until = (joins_at_ms - 1) * MS
            before = (until - joined_ms * MS, until, until, MAIN, JOINS, OTHER)
            locks.insert(0, (0x2000, *before, 0, OTHER, 0, int(LockResult.GOT), 0))
        writer.locks(locks)
    prediction = predict(load(path))
    assert prediction.withheld is None, prediction
    return prediction.rows[-1].low_ns / MS


def test_who_joins_one_thread_after_the_other_tells_none(tmp_path: Path) -> None:
    found = least_ms(tmp_path / "x.gil", waits_ms=20, joins_at_ms=950, joined_ms=600)
    assert found >= 900


def test_one_of_several_that_do_the_same_is_not_told_alone(tmp_path: Path) -> None:
    found = least_ms(tmp_path / "x.gil", waits_ms=20, joins_at_ms=950, other="worker-2")
    assert found >= 400


@pytest.mark.parametrize(
    ("waits_ms", "joins_at_ms", "at_least_ms"),
    [(20, 950, 0), (20, 800, 900), (2, 950, 900)],
    ids=["told", "joined long before", "hardly waited"],
)
def test_at_least(tmp_path: Path, waits_ms: int, joins_at_ms: int, at_least_ms: int) -> None:
    found = least_ms(tmp_path / "x.gil", waits_ms=waits_ms, joins_at_ms=joins_at_ms)
    assert at_least_ms <= found <= at_least_ms + 120
