"""A run without a GIL: pauses are put together from waits, and the verdict says what held it up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze
from gilscope.analysis.gillessrows import ContendedRow, LockKind, StopRow, WithoutGil
from gilscope.analysis.gillessverdict import kind_without_gil
from gilscope.analysis.model import Line, Verdict, VerdictKind
from gilscope.report.gil.gilless import SENTENCES
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import tell
from gilscope.trace import GILLESS_TABLE, LockFlags, LockResult, Trace, load
from support import analyses
from support.tracewriter import TraceWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

S = 1_000_000_000
GOT, TIMED_OUT = int(LockResult.GOT), int(LockResult.TIMED_OUT)
STOPPED, STOPS, FOR_GC = (
    int(each) for each in (LockFlags.STOPPED, LockFlags.STOPS, LockFlags.FOR_GC)
)
DICT = int(LockFlags.OF_OBJECT | LockFlags.OF_DICT)
WORK, ASKS = 10, 20  # lines, and the sites 1 and 2

NOTHING = WithoutGil(
    cores_used=0.1,
    wait_s=0.0,
    stopped_s=0.0,
    ready_s=0.0,
    paused_s=0.0,
    contended=(),
    stops=(),
    threads=(),
)
LINE = Line("work", "app.py", 3)
CONTENDED = ContendedRow(LINE, LockKind.DICT, LINE, 4.0, 90, 0.5, purpose=False)
STOP = StopRow(LINE, False, 3, 2.0, 1.0, 0.1, 0.05, LINE, 6.0)  # noqa: FBT003


def row(
    thread: int, begin: int, end: int, flags: int, *, waker: int, result: int = GOT
) -> tuple[int, ...]:
    """A wait at site 1, or 2 of the thread that asks (3); what ends it is at the other's."""
    site, by = (2, 1) if thread == 3 else (1, 2 if waker == 3 else 1)
    wake = end if result == GOT else 0
    lock = 0x1000 * thread
    return (lock, begin, end, wake, thread, site, waker, by, 0, GILLESS_TABLE, result, flags)


def written(path: Path, rows: Sequence[tuple[int, ...]]) -> Trace:
    with TraceWriter(path) as writer:
        writer.meta(end_ns=10 * S, locks_recorded=True, free_threaded=True, gil_enabled=False)
        writer.code(1, "work", "app.py", [WORK, ASKS], GILLESS_TABLE)
        writer.paths([(1, 0, 1, 0), (2, 0, 1, 2)], GILLESS_TABLE)
        writer.sites([(1, 1, 0), (2, 2, 0)], GILLESS_TABLE)
        for thread in (1, 2, 3):
            writer.thread(thread, f"t{thread}", 0, 10 * S)
        writer.locks(rows, GILLESS_TABLE)
    return load(path)


def without(path: Path, rows: Sequence[tuple[int, ...]]) -> WithoutGil:
    found = analyze(written(path, rows)).without_gil
    assert found is not None
    return found


def test_waits_for_a_dict(tmp_path: Path) -> None:
    rows = [row(1, S, 2 * S, DICT, waker=2), row(2, 3 * S, 5 * S, DICT, waker=1)]
    found = without(tmp_path / "x.gil", rows)
    (one,) = found.contended
    assert (one.line.line, one.kind, one.waits) == (WORK, LockKind.DICT, 2)
    assert one.ended_at is not None
    assert one.ended_at.line == WORK
    assert (one.wait_s, one.longest_wait_s, found.wait_s) == (3.0, 2.0, 3.0)
    assert [each.wait_s for each in found.threads] == [1.0, 2.0, 0.0]


def test_a_pause_is_put_together(tmp_path: Path) -> None:
    """Thread 3 asks twice: for two threads, in two slices of its wait; then for one, at once."""
    ms = S // 1000
    rows = [
        row(3, 1000 * ms, 1001 * ms, STOPS | FOR_GC, waker=0, result=TIMED_OUT),
        row(1, 1001 * ms, 1500 * ms, STOPPED | FOR_GC, waker=3),
        row(3, 1001 * ms, 1003 * ms, STOPS | FOR_GC, waker=2),
        row(2, 1003 * ms, 1501 * ms, STOPPED | FOR_GC, waker=3),
        row(1, 1600 * ms, 1700 * ms, STOPPED | FOR_GC, waker=3),
    ]
    trace = written(tmp_path / "x.gil", rows)
    analysis = analyze(trace)
    assert not analysis.locks, "these are no locks"
    found = analysis.without_gil
    assert found is not None
    (stop,) = found.stops
    assert (stop.line.line, stop.for_gc, stop.pauses) == (ASKS, True, 2)
    assert stop.pause_s == pytest.approx(0.501 + 0.1)
    assert stop.longest_s == pytest.approx(0.501)
    assert [stop.reach_s, stop.longest_reach_s] == pytest.approx([0.003, 0.003])
    assert stop.last is not None
    assert stop.last.line == WORK
    assert stop.stopped_s == pytest.approx(0.499 + 0.498 + 0.1)
    assert [each.stopped_s for each in found.threads] == pytest.approx([0.599, 0.498, 0.0])
    assert found.wait_s == 0.0


def test_two_that_ask_one_after_the_other(tmp_path: Path) -> None:
    rows = [row(1, S, 2 * S, STOPPED, waker=3), row(3, 3 * S, 5 * S, STOPPED, waker=2)]
    found = without(tmp_path / "x.gil", rows)
    assert sorted(each.pause_s for each in found.stops) == [1.0, 2.0]
    assert not any(each.for_gc for each in found.stops)
    assert all(each.last is None and each.reach_s == 0.0 for each in found.stops)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, VerdictKind.NO_GIL),
        ({"wait_s": 4.0}, VerdictKind.LOCK_BOUND),
        ({"wait_s": 4.0, "stopped_s": 5.0}, VerdictKind.STOPPED),
        ({"wait_s": 0.3}, VerdictKind.NO_GIL),  # less than 5 % of the run
        ({"cores_used": 3.0, "wait_s": 4.0}, VerdictKind.SCALES),  # a ninth of what they did
        ({"cores_used": 1.5}, VerdictKind.SCALES),
        ({"cores_used": 0.9, "ready_s": 9.0}, VerdictKind.CPU_FULL),
        ({"cores_used": 0.9, "ready_s": 1.0}, VerdictKind.NO_GIL),
        ({"cores_used": 0.2, "ready_s": 9.0}, VerdictKind.CPU_FULL),
        ({"cores_used": 0.05, "ready_s": 0.6}, VerdictKind.NO_GIL),
    ],
)
def test_the_verdict(changes: dict[str, float], kind: VerdictKind) -> None:
    run = analyses.run(wall_s=10.0, gil_enabled=False, cores=4)
    facts = analyses.facts(cpu_s=1.0, busy_s=9.0)
    assert kind_without_gil(replace(NOTHING, **changes), run, facts) is kind  # type: ignore[arg-type]


def test_idle_and_full() -> None:
    run = analyses.run(wall_s=10.0, gil_enabled=False, cores=4)
    idle = kind_without_gil(NOTHING, run, analyses.facts(cpu_s=0.1, busy_s=0.2))
    assert idle is VerdictKind.IDLE
    without = replace(NOTHING, cores_used=3.6)
    assert kind_without_gil(without, run, analyses.facts(cpu_s=36.0)) is VerdictKind.CPU_FULL


def test_a_lock_of_which_no_row_is_left() -> None:
    analysis = replace(
        analyses.cpu_bound(),
        verdict=Verdict(VerdictKind.LOCK_BOUND, analyses.facts()),
        without_gil=replace(NOTHING, contended=(replace(CONTENDED, purpose=True),)),
    )
    told = tell(analysis, places_of(analysis))
    assert (told.summary, told.advice) == ("A lock holds the program up; there was no GIL.", ())


@pytest.mark.parametrize("kind", SENTENCES)
def test_no_sentence_blames_the_gil(kind: VerdictKind) -> None:
    base = analyses.cpu_bound()
    analysis = replace(
        base,
        run=replace(base.run, gil_enabled=False, free_threaded=True),
        verdict=Verdict(kind, base.verdict.facts),
        without_gil=replace(NOTHING, wait_s=4.0, contended=(CONTENDED,), stops=(STOP,)),
    )
    told = tell(analysis, places_of(analysis))
    said = f"{told.summary} {told.evidence}"
    assert "GIL is not the problem" not in said
    assert "no GIL" in said or kind is VerdictKind.STOPPED
    if kind is VerdictKind.LOCK_BOUND:
        assert "the lock of a dict at `app.py:3`" in said
        assert "give each thread its own" in told.advice[0]
    if kind is VerdictKind.STOPPED:
        assert "3 times" in said
        assert "`app.py:3`" in said
