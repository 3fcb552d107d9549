"""Waiting for locks is divided over what those did meanwhile who had them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis import analyze
from gilscope.trace import LockResult, load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

END_NS = 10_000
GOT, OPEN, LATE = int(LockResult.GOT), int(LockResult.OPEN), int(LockResult.TIMED_OUT)
Found = dict[tuple[int, int | None], tuple[int, int, int]]


def wait(
    thread: int, begin: int, end: int, *, site: int, waker: int = 0, owner: int = 0, how: int = GOT
) -> tuple[int, ...]:
    wake = end if waker else 0
    return (0x1000, begin, end, wake, thread, site, waker, 0, owner, 0, how, 0)


def rows(path: Path, holds: Sequence[Sequence[int]], waits: Sequence[tuple[int, ...]]) -> Found:
    """By lines of waiter and owner: wait_ns, waits, longest_ns. Site n is line n of app.py."""
    with TraceWriter(path) as writer:
        writer.meta(end_ns=END_NS, locks_recorded=True)
        writer.code(1, "work", "app.py", [1, 2, 3, 4])
        writer.paths([(n, 0, 1, 2 * (n - 1)) for n in range(1, 5)])
        writer.sites([(n, n, 0) for n in range(1, 5)])
        for thread in (1, 2, 3):
            writer.thread(thread, f"t{thread}", 0, END_NS)
        writer.holds(holds_array(holds))
        writer.locks(waits)
    return {
        (row.waiter.line, row.owner.line if row.owner else None): (
            round(row.wait_s * 1e9),
            row.waits,
            round(row.longest_wait_s * 1e9),
        )
        for row in analyze(load(path)).locks
    }


def test_the_owner_is_where_it_gave_up_the_gil_and_stays_there(tmp_path: Path) -> None:
    """Thread 2 holds until 200 for line 2, is off the GIL until 600, then is in line 3."""
    holds = [(0, 0, 100, 1, 1), (100, 100, 200, 2, 2), (600, 600, 900, 2, 3), (900, 900, 950, 1, 1)]
    found = rows(tmp_path / "x.gil", holds, [wait(1, 150, 800, site=1, waker=2)])
    assert found == {(1, 2): (450, 1, 650), (1, 3): (200, 1, 650)}


def test_a_wait_counts_once_in_a_line(tmp_path: Path) -> None:
    holds = [(t, t, t + 10, 2, 2 + (t // 100) % 2) for t in range(100, 1100, 100)]
    found = rows(tmp_path / "x.gil", holds, [wait(1, 200, 1000, site=1, waker=2)])
    assert found == {(1, 2): (400, 1, 800), (1, 3): (400, 1, 800)}


def test_waits_add_up(tmp_path: Path) -> None:
    holds = [(0, 0, 50, 2, 2)]
    waits = [wait(1, 100, 200, site=1, waker=2), wait(3, 100, 400, site=1, waker=2)]
    waits.append(wait(3, 500, 600, site=4, waker=2))
    found = rows(tmp_path / "x.gil", holds, waits)
    assert found == {(1, 2): (400, 2, 300), (4, 2): (100, 1, 100)}


def test_nobody_is_known_to_have_it(tmp_path: Path) -> None:
    """A wait that nobody ended; one for a signal, which the waiter's own lock stands for."""
    holds = [(0, 0, 50, 2, 2)]
    waits = [wait(1, 100, 300, site=1, how=LATE), wait(3, 100, END_NS, site=3, owner=3, how=OPEN)]
    found = rows(tmp_path / "x.gil", holds, waits)
    assert found == {(1, None): (200, 1, 200), (3, None): (9_900, 1, 9_900)}


def test_the_owner_in_a_deadlock_is_the_one_who_took_it(tmp_path: Path) -> None:
    holds = [(0, 0, 50, 2, 2), (60, 60, 90, 1, 1)]
    found = rows(tmp_path / "x.gil", holds, [wait(1, 100, END_NS, site=1, owner=2, how=OPEN)])
    assert found == {(1, 2): (9_900, 1, 9_900)}


def test_before_the_owner_was_seen(tmp_path: Path) -> None:
    found = rows(tmp_path / "x.gil", [(300, 300, 400, 2, 2)], [wait(1, 100, 400, site=1, waker=2)])
    assert found == {(1, None): (200, 1, 300), (1, 2): (100, 1, 300)}


def test_a_trace_without_locks(tmp_path: Path) -> None:
    assert rows(tmp_path / "x.gil", [(0, 0, 50, 2, 2)], []) == {}


def test_a_lock_that_changes_hands_meanwhile(tmp_path: Path) -> None:
    """Thread 1 waits for thread 2, and then for thread 3, who had waited for thread 2, too."""
    holds = [(0, 0, 50, 2, 2), (10, 60, 90, 3, 1), (300, 300, 320, 3, 3)]
    waits = [wait(3, 100, 300, site=1, waker=2), wait(1, 100, 900, site=4, waker=3)]
    found = rows(tmp_path / "x.gil", holds, waits)
    assert found == {(4, 3): (600, 1, 800), (4, 2): (200, 1, 800), (1, 2): (200, 1, 200)}


def test_a_wait_that_goes_on_after_the_lock_changed_hands(tmp_path: Path) -> None:
    """Who has had it since the last one that is known of is not known."""
    holds = [(0, 0, 50, 2, 2)]
    waits = [wait(3, 100, 300, site=1, waker=2), wait(1, 100, END_NS, site=4, how=OPEN)]
    found = rows(tmp_path / "x.gil", holds, waits)
    assert found[4, 2] == (200, 1, 9_900)
    assert found[4, None] == (9_700, 1, 9_900)
