"""Who started a thread: who waited for it to say so, or whoever had the GIL at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.predict.programs import AWAIT, POST
from gilscope.predict.rebuild import rebuild
from gilscope.trace import LockResult, load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
MAIN, WORKER, OTHER = 1, 2, 3
START, GET = 1, 2  # sites: in Thread.start, and in a function of the program
GOT = int(LockResult.GOT)


def wait(thread: int, begin_ms: int, end_ms: int, *, site: int, waker: int) -> tuple[int, ...]:
    begin, end = begin_ms * MS, end_ms * MS
    return (0x1000, begin, end, end, thread, site, waker, 0, 0, 0, GOT, 0)


def started_by(path: Path, waits: list[tuple[int, ...]]) -> int:
    """Thread 2 exists from 10 ms on, while the main thread has the GIL."""
    with TraceWriter(path) as writer:
        writer.meta(end_ns=100 * MS, locks_recorded=True)
        writer.code(1, "Thread.start", "/lib/threading.py", [1])
        writer.code(2, "get", "app.py", [2])
        writer.code(3, "Condition.wait", "/lib/threading.py", [3])
        writer.paths([(1, 0, 1, 0), (2, 1, 3, 0), (3, 0, 2, 0), (4, 3, 3, 0)])
        writer.sites([(START, 2, 0), (GET, 4, 0)])
        for thread, start_ms in ((MAIN, 0), (WORKER, 10), (OTHER, 5)):
            writer.thread(thread, f"t{thread}", start_ms * MS, 100 * MS)
        holds = [(0, 0, 4, MAIN), (5, 5, 8, OTHER), (9, 9, 12, MAIN), (13, 13, 15, WORKER)]
        holds += [
            (16, 16, 18, OTHER),
            (20, 20, 30, WORKER),
            (31, 31, 40, OTHER),
            (41, 41, 50, MAIN),
        ]
        writer.holds(holds_array([(*(each * MS for each in row[:3]), row[3], 1) for row in holds]))
        writer.locks(waits)
    lives = rebuild(load(path))
    programs, threads = lives.programs, lives.threads.tolist()
    worker = int(programs.first[threads.index(WORKER)])
    assert programs.kind[worker] == AWAIT
    same = (programs.kind == POST) & (programs.value == programs.value[worker])
    (row,) = same.nonzero()[0].tolist()
    found: int = threads[int((programs.first <= row).sum()) - 1]
    return found


@pytest.mark.parametrize(
    ("waits", "starter"),
    [
        ([], MAIN),
        ([wait(MAIN, 12, 14, site=START, waker=WORKER)], MAIN),
        ([wait(OTHER, 11, 14, site=START, waker=WORKER)], OTHER),
        ([wait(OTHER, 18, 21, site=GET, waker=WORKER)], MAIN),
    ],
    ids=["nobody waited", "as it started", "started late", "for something else"],
)
def test_who_started_a_thread(tmp_path: Path, waits: list[tuple[int, ...]], starter: int) -> None:
    """Who waits for what a young thread does later has not started it."""
    assert started_by(tmp_path / "x.gil", waits) == starter
