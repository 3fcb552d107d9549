"""Who waits for what nobody will give: another one's lock, its own, or the end of a waiter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze
from gilscope.analysis.model import Line, OpenLockRow, Verdict, VerdictKind
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import tell
from gilscope.trace import LockResult, load
from gilscope.trace.layout import LOCK_FOREVER
from support import analyses
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gilscope.report.gil.told import Told

S = 1_000_000_000
OPEN = int(LockResult.OPEN)
TAKES, WAITS, JOINS = 1, 2, 3  # sites: in the program, in a condition, in the join of a thread


def wait(thread: int, *, site: int, owner: int = 0) -> tuple[int, ...]:
    """It goes on, when the recording ends after ten seconds."""
    return (0x1000 * thread, S, 10 * S, 0, thread, site, 0, 0, owner, 0, OPEN, 0)


def in_cycle(path: Path, waits: Sequence[tuple[int, ...]], ended: Sequence[int] = ()) -> set[str]:
    """Those of threads a, b and c that will wait for ever."""
    with TraceWriter(path) as writer:
        writer.meta(end_ns=10 * S, locks_recorded=True)
        writer.code(1, "work", "app.py", [1])
        writer.code(2, "Condition.wait", "/lib/threading.py", [2])
        writer.code(3, "Thread.join", "/lib/threading.py", [3])
        writer.paths([(n, 0, n, 0) for n in (TAKES, WAITS, JOINS)])
        writer.sites([(n, n, 0) for n in (TAKES, WAITS, JOINS)])
        for thread, name in ((1, "a"), (2, "b"), (3, "c")):
            writer.thread(thread, name, 0, 10 * S, ended=thread in ended)
        writer.holds(holds_array([(0, 0, S // 2, 1, 1), (S // 2, S // 2, S, 2, 1)]))
        writer.locks(waits, left=True)
    return {row.thread for row in analyze(load(path)).open_locks if row.in_cycle}


def told(*rows: OpenLockRow) -> Told:
    verdict = Verdict(VerdictKind.DEADLOCK, analyses.facts())
    analysis = replace(analyses.cpu_bound(), open_locks=rows, verdict=verdict)
    return tell(analysis, places_of(analysis))


OWN = wait(1, site=TAKES, owner=1)


@pytest.mark.parametrize(
    ("site", "ended", "stuck"),
    [(TAKES, [3], {"a", "b"}), (TAKES, [], set()), (WAITS, [3], set())],
    ids=["nobody else is left", "one may give it back", "for a condition"],
)
def test_who_joins_the_one_that_waits_for_a_lock(
    tmp_path: Path, site: int, ended: list[int], stuck: set[str]
) -> None:
    """Who has the lock is not known, and makes no difference if nobody else is left."""
    assert in_cycle(tmp_path / "x.gil", [wait(1, site=site), wait(2, site=JOINS)], ended) == stuck


@pytest.mark.parametrize(
    ("waits", "ended", "stuck"),
    [
        ([OWN, wait(2, site=JOINS), wait(3, site=JOINS)], [], {"a"}),
        ([OWN, wait(2, site=JOINS)], [3], {"a"}),
        ([OWN, wait(2, site=JOINS)], [], set()),
        ([wait(1, site=WAITS, owner=1), wait(2, site=JOINS)], [3], set()),
    ],
    ids=["all wait", "one has ended", "one may give a signal", "for a condition"],
)
def test_who_waits_for_its_own_lock(
    tmp_path: Path, waits: list[tuple[int, ...]], ended: list[int], stuck: set[str]
) -> None:
    """It may be a signal that another thread gives, if there is one that could."""
    assert in_cycle(tmp_path / "x.gil", waits, ended) == stuck


@pytest.mark.parametrize(
    ("site", "ended", "stuck"),
    [(JOINS, [3], {"a", "b"}), (JOINS, [], set()), (WAITS, [3], set())],
    ids=["one is left", "one of two", "not for its end"],
)
def test_who_joins_the_only_other_thread(
    tmp_path: Path, site: int, ended: list[int], stuck: set[str]
) -> None:
    """Since 3.13 nothing says for whose end a thread waits."""
    waits = [wait(1, site=TAKES, owner=2), wait(2, site=site)]
    assert in_cycle(tmp_path / "x.gil", waits, ended) == stuck


LINE = Line("work", "app.py", 3)
FIRST = OpenLockRow("a", 2.0, LINE, "b", in_cycle=True, purpose=False)
SECOND = OpenLockRow("b", 2.0, LINE, "a", in_cycle=True, purpose=False)


def test_what_is_said_and_advised() -> None:
    both = told(FIRST, SECOND)
    assert "a waited at `app.py:3` for what b had and b waited" in both.summary
    assert "same order everywhere" in both.advice[0]
    joins = told(FIRST, replace(SECOND, purpose=True))
    assert "Do not wait for a thread with a lock that it needs" in joins.advice[0]
    own = told(replace(FIRST, owner="a", is_own=True))
    assert "a waited at `app.py:3` for a lock that it had itself" in own.summary
    assert "threading.RLock" in own.advice[0]
    unknown = told(replace(FIRST, owner=None), SECOND)
    assert "a waited at `app.py:3` for a lock and b waited" in unknown.summary
    namesake = told(replace(FIRST, owner="a"))
    assert "for what a had" in namesake.summary


def test_what_is_cut_off_goes_on(tmp_path: Path) -> None:
    """A moment in the middle: what ended before stays, what ended later is open."""
    with TraceWriter(tmp_path / "x.gil") as writer:
        writer.meta(end_ns=10 * S, locks_recorded=True)
        for thread in (1, 2, 3):
            writer.thread(thread, f"t{thread}", 0, 10 * S)
        got, forever = int(LockResult.GOT), int(LockResult.GOT) | LOCK_FOREVER
        ends = ((1, 1, 3, got), (2, 2, 6, forever), (3, 7, 9, got))
        writer.locks(
            [(8, a * S, b * S, b * S, t, 0, 1, 0, 0, 0, result, 0) for t, a, b, result in ends]
        )
    waits = load(tmp_path / "x.gil").lock_waits()
    assert waits.forever.tolist() == [False, True, False]
    some = waits.within(0, 5 * S)
    assert some.thread.tolist() == [1, 2]
    assert some.end_ns.tolist() == [3 * S, 5 * S]
    assert some.result.tolist() == [LockResult.GOT, LockResult.OPEN]
    assert some.wake_ns.tolist() == [3 * S, 0]
