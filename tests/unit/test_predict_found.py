"""What threads found when they asked for it, and who had left it: by the order of entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.lines import Lines
from gilscope.analysis.sourcecode import SourceCode
from gilscope.predict.found import books
from gilscope.predict.roles import starters
from gilscope.trace import load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace import Trace

A, B, C = 1, 2, 3
LOCK = 0x1000
END = 1_000
METHODS = {
    "acquire": ("Semaphore.acquire", "threading.py"),
    "release": ("Semaphore.release", "threading.py"),
    "set": ("Event.set", "threading.py"),
    "clear": ("Event.clear", "threading.py"),
    "wait": ("Event.wait", "threading.py"),
    "meet": ("Barrier.wait", "threading.py"),
    "put": ("Queue.put", "queue.py"),
    "get": ("Queue.get", "queue.py"),
    "start": ("Thread.start", "threading.py"),
    "runs": ("Thread._bootstrap_inner", "threading.py"),
}
SITE = {name: number for number, name in enumerate(METHODS, 1)}
ALL = len(SITE)
ENTER = ALL + 1  # the code of Condition.__enter__
Entry = tuple[int, str, int, int, int]


def did(thread: int, what: str, at: int, *, skipped: int = 0, state: int = -1) -> Entry:
    return (thread, what, at, skipped, state)


def recorded(path: Path, entries: list[Entry], waits: list[tuple[int, str, int, int]]) -> Trace:
    """Entries into one lock; and waits: thread, in which method, begin and end."""
    with TraceWriter(path) as writer:
        writer.meta(end_ns=END, locks_recorded=True)
        for name, number in SITE.items():
            function, file = METHODS[name]
            writer.code(number, function, f"/lib/{file}", [1])
        writer.code(ENTER, "Condition.__enter__", "/lib/threading.py", [1])
        paths = [(number, 0, number, 0) for number in SITE.values()]
        writer.paths([*paths, *((ALL + number, number, ENTER, 0) for number in SITE.values())])
        writer.sites([(number, ALL + number, 0) for number in SITE.values()])
        writer.sites([(ALL + number, number, 0) for number in SITE.values()])
        for thread in (A, B, C):
            writer.thread(thread, f"t{thread}", 0, END)
        writer.holds(holds_array([(0, 0, END, A, 1)]))
        writer.guards(
            (LOCK, at, thread, SITE[what], skipped, state + 1)
            for thread, what, at, skipped, state in entries
        )
        writer.locks(
            (0x2000, begin, end, end, thread, ALL + SITE[what], C, 0, 0, 0, 1, 0)
            for thread, what, begin, end in waits
        )
    return load(path)


def pairs(
    path: Path, entries: list[Entry], waits: list[tuple[int, str, int, int]] | None = None
) -> list[tuple[int, int, int, int]]:
    """Who found something when, and who had left it when."""
    trace = recorded(path, entries, waits or [])
    code = SourceCode(trace, Lines(trace))
    (book,) = books(trace, trace.guarded(), trace.lock_waits(), code)
    told = [(each.entry, each.giver) for each in book.findings if each.giver is not None]
    return [
        (entry.thread, entry.at_ns, giver.thread, giver.at_ns)
        for entry, giver in told
        if giver.thread != entry.thread
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.gil"


def test_an_event_that_is_set_was_set_by_somebody(path: Path) -> None:
    entries = [did(A, "set", 10), did(B, "wait", 20), did(A, "wait", 30)]
    assert pairs(path, entries) == [(B, 20, A, 10)]


def test_who_waits_for_an_event_did_not_find_it(path: Path) -> None:
    entries = [did(B, "wait", 5), did(A, "set", 10), did(B, "wait", 20)]
    assert pairs(path, entries, [(B, "wait", 6, 11)]) == [(B, 20, A, 10)]


def test_the_first_that_sets_an_event_does_it(path: Path) -> None:
    entries = [did(A, "set", 10), did(C, "set", 15), did(B, "wait", 20)]
    assert pairs(path, entries) == [(B, 20, A, 10)]


def test_an_event_that_is_cleared_tells_of_all_that_came_before(path: Path) -> None:
    entries = [did(A, "set", 10), did(C, "set", 15), did(B, "wait", 20), did(B, "clear", 21)]
    later = [did(C, "set", 30), did(B, "wait", 40)]
    assert pairs(path, [*entries, *later]) == [(B, 20, C, 15), (B, 40, C, 30)]


def test_permits_of_the_beginning_are_taken_first(path: Path) -> None:
    entries = [
        did(A, "acquire", 10, state=2),
        did(A, "release", 20, state=1),
        did(B, "acquire", 30, state=2),
        did(C, "acquire", 40, state=1),
    ]
    assert pairs(path, entries) == [(C, 40, A, 20)]


def test_items_are_taken_in_their_order(path: Path) -> None:
    entries = [did(A, "put", 10, state=0), did(A, "put", 20, state=0)]
    entries += [did(B, "get", 30, state=0), did(C, "get", 40, state=0)]
    assert pairs(path, entries) == [(B, 30, A, 10), (C, 40, A, 20)]


def test_who_waited_for_an_item_has_taken_it(path: Path) -> None:
    entries = [did(B, "get", 5, state=0), did(A, "put", 10, state=0)]
    entries += [did(A, "put", 20, state=0), did(C, "get", 40, state=0)]
    assert pairs(path, entries, [(B, "get", 6, 11)]) == [(C, 40, A, 20)]


def test_there_was_room_since_somebody_took_an_item(path: Path) -> None:
    entries = [did(A, "put", 10, state=1), did(B, "get", 20, state=1), did(A, "put", 30, state=1)]
    assert pairs(path, entries) == [(B, 20, A, 10), (A, 30, B, 20)]


def test_entries_without_a_row_count(path: Path) -> None:
    entries = [did(A, "put", 10, state=0), did(A, "put", 40, skipped=2, state=0)]
    entries += [did(B, "get", each, state=0) for each in (50, 60, 70, 80)]
    assert pairs(path, entries) == [(B, 50, A, 10), (B, 60, A, 20), (B, 70, A, 30), (B, 80, A, 40)]


def test_each_waits_for_all_at_a_barrier(path: Path) -> None:
    entries = [did(A, "meet", 10), did(B, "meet", 20), did(C, "meet", 30)]
    waits = [(A, "meet", 11, 31), (B, "meet", 21, 31)]
    assert pairs(path, entries, waits) == [(B, 20, A, 10), (C, 30, B, 20)]


def test_who_waits_for_a_thread_to_say_that_it_runs_has_started_it(path: Path) -> None:
    trace = recorded(path, [did(A, "start", 10), did(B, "runs", 20)], [])
    assert starters(trace, trace.guarded()) == {B: (A, 10)}


def test_damaged_rows_are_left_out(path: Path) -> None:
    entries = [
        did(A, "set", 10),
        did(10**9, "set", 15),
        did(B, "wait", 20),
        did(B, "wait", END + 1),
    ]
    trace = recorded(path, entries, [])
    assert trace.guarded().thread.tolist() == [A, B]
    assert "2 entries into locks of conditions are damaged" in trace.warnings[0]
