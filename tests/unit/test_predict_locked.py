"""Who has a lock keeps all others out, with the GIL and without: a run takes at least so long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.predict import predict
from gilscope.predict.locked import longest_lock_ns
from gilscope.predict.prediction import REPEATED
from gilscope.predict.rebuild import rebuild
from gilscope.trace import LockResult, load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace import Trace

MS = 1_000_000
ONE, OTHER = 2, 3
WORKS, LOCKS = 1, 2  # sites
ROUNDS, LONG = 10, 20  # each has the lock so often, for so many ms
MUTEX = 0x1000


def in_turns(path: Path, *, is_signal: bool = False, gil_ms: int = 0) -> Trace:
    """Two threads have a lock in turns, each time with the GIL; then the other one waits for it.

    A signal is given by `ONE` only, and waited for by `OTHER` only. Whoever has the lock waits for
    the GIL first, for `gil_ms`.
    """
    holds, locks, at = [], [], 0
    for turn in range(2 * ROUNDS):
        mine, its = (ONE, OTHER) if turn % 2 == 0 else (OTHER, ONE)
        begin, end = at + gil_ms, at + gil_ms + LONG
        holds.append((at, begin, end, mine, LOCKS))
        if not is_signal or mine == ONE:
            woken = (at * MS, end * MS, end * MS - 1, its, LOCKS, mine)
            locks.append((MUTEX, *woken, 0, mine, 0, int(LockResult.GOT), 0))
        at = end
    with TraceWriter(path) as writer:
        writer.meta(end_ns=at * MS, locks_recorded=True)
        writer.code(1, "work", "app.py", [1])
        writer.paths([(1, 0, 1, 0)])
        writer.sites([(WORKS, 1, 0), (LOCKS, 1, 0)])
        writer.thread(ONE, "one", 0, at * MS)
        writer.thread(OTHER, "other", 0, at * MS)
        writer.holds(holds_array([(*(each * MS for each in row[:3]), *row[3:]) for row in holds]))
        writer.locks(locks)
    return load(path)


def test_a_lock_that_is_always_taken(tmp_path: Path) -> None:
    trace = in_turns(tmp_path / "x.gil")
    all_ms = 2 * ROUNDS * LONG
    assert longest_lock_ns(rebuild(trace)) / MS == pytest.approx(all_ms, abs=1)
    prediction = predict(trace)
    assert prediction.withheld is None
    low_ms = (1 - REPEATED) * all_ms
    assert prediction.rows[-1].low_ns / MS == pytest.approx(low_ms, abs=1)
    assert prediction.lock_gain == pytest.approx(0.5, abs=0.1)  # both could work at the same time


def test_waiting_for_the_gil_with_the_lock_is_left_out(tmp_path: Path) -> None:
    trace = in_turns(tmp_path / "x.gil", gil_ms=10)
    taken_ms = longest_lock_ns(rebuild(trace)) / MS
    assert taken_ms == pytest.approx(2 * ROUNDS * LONG, abs=1)


def test_a_signal_keeps_nobody_out(tmp_path: Path) -> None:
    trace = in_turns(tmp_path / "x.gil", is_signal=True)
    assert longest_lock_ns(rebuild(trace)) == 0
