"""How long an event loop waited while it served: turn by turn, however the trace is cut."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gilscope.analysis import analyze
from gilscope.trace import load
from support.tracewriter import TraceWriter, holds_array

MS = 1_000_000
LIB = "/usr/lib/python3.11"
CODES = {  # by code id: function and file
    1: ("BaseEventLoop._run_once", f"{LIB}/asyncio/base_events.py"),
    2: ("EpollSelector.select", f"{LIB}/selectors.py"),
    3: ("Handle._run", f"{LIB}/asyncio/events.py"),
    4: ("cell", "/home/me/cell.py"),
    5: ("Thread._bootstrap", f"{LIB}/threading.py"),
    6: ("IOPubThread._thread_main", f"{LIB}/site-packages/ipykernel/iostream.py"),
}
PATHS = [(1, 0, 1, 0), (2, 1, 2, 0), (3, 1, 3, 0), (4, 3, 4, 0), (5, 0, 2, 0), (6, 0, 4, 0)]
SELECT, CALLBACK, SELECT_ALONE, ELSEWHERE = 2, 4, 5, 6
# A package's thread, with a callback of the package's and one of the user's; and a thread whose
# function is asyncio's own.
PATHS += [(7, 0, 5, 0), (8, 7, 6, 0), (9, 8, 1, 0), (10, 9, 2, 0), (11, 9, 3, 0), (12, 11, 4, 0)]
PATHS += [(13, 7, 1, 0), (14, 13, 2, 0)]
# Another thread tells the loop what to call.
CODES[7] = ("BaseEventLoop.call_soon_threadsafe", f"{LIB}/asyncio/base_events.py")
PATHS += [(15, 7, 7, 0)]
TELLS = 15
PACKAGES_SELECT, PACKAGES_CALLBACK, USERS_CALLBACK, THREADS_SELECT = 10, 11, 12, 14


class Step(NamedTuple):
    """What the loop's thread does next, in ns; then it lets go of the GIL at a path."""

    off: int
    wait: int
    hold: int
    path: int


def served_s(steps: list[Step], block_rows: int = 1 << 20) -> float:
    holds, now = [], 1000
    for step in steps:
        request = now + step.off
        acquire = request + step.wait
        now = acquire + step.hold
        holds.append((request, acquire, now, 1, step.path))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.gil"
        with TraceWriter(path) as out:
            out.meta(switch_interval_ns=5 * MS)
            for code, (function, file) in CODES.items():
                out.code(code, function, file, [code])
            out.paths(PATHS)
            out.sites([(number, number, 0) for number, *_ in PATHS])
            out.holds(holds_array(holds))
            out.thread(1, "loop", 0, now, ended=False)
            out.meta(end_ns=now)
        facts = analyze(load(path), block_rows=block_rows).verdict.facts
    assert facts.loop_thread in (1, None)
    return facts.loop_wait_s


TURNS = [
    Step(9 * MS, 5 * MS, MS, SELECT),
    Step(9 * MS, 5 * MS, MS, CALLBACK),  # a callback that reads a socket, say
    Step(MS, 5 * MS, MS, SELECT),
]


def test_waits_of_turns_are_the_loops() -> None:
    assert served_s(TURNS) == pytest.approx(0.010)  # of the first, the beginning is not known


def test_who_tells_a_loop_something_is_no_loop() -> None:
    assert served_s([Step(9 * MS, 5 * MS, MS, TELLS)] * 9) == 0


@pytest.mark.parametrize("path", [CALLBACK, ELSEWHERE])
def test_a_recording_inside_of_one_callback_has_no_turn(path: int) -> None:
    assert served_s([Step(MS, 5 * MS, MS, path)] * 20) == 0


def test_a_callback_that_takes_long_by_itself_is_no_turn() -> None:
    """A cell of a notebook: it waits for the GIL, and would keep the loop from serving anyway."""
    cell = [Step(MS, 50 * MS, 25 * MS, CALLBACK)] * 4
    assert served_s([*TURNS, *cell, *TURNS]) == pytest.approx(0.010 + 0.010)


def turns(select: int, callback: int) -> list[Step]:
    return [
        Step(9 * MS, 5 * MS, MS, select),
        Step(9 * MS, 5 * MS, MS, callback),
        Step(MS, 5 * MS, MS, select),
    ]


def test_a_loop_that_a_package_runs_for_itself_is_not_the_users() -> None:
    """As the threads in which a notebook's kernel sends its messages."""
    assert served_s(turns(PACKAGES_SELECT, PACKAGES_CALLBACK)) == 0
    assert served_s(turns(PACKAGES_SELECT, USERS_CALLBACK)) == pytest.approx(0.010)
    assert served_s(turns(THREADS_SELECT, CALLBACK)) == pytest.approx(0.010)
    assert served_s(turns(THREADS_SELECT, THREADS_SELECT)) == pytest.approx(0.010)


def test_a_selector_alone_is_no_loop() -> None:
    assert served_s([Step(MS, 5 * MS, MS, SELECT_ALONE)] * 20) == 0
    assert served_s([*TURNS, Step(MS, 5 * MS, MS, SELECT_ALONE)]) == pytest.approx(0.015)


def expected_s(steps: list[Step]) -> float:
    """The same, step by step."""
    if not any(step.path == SELECT for step in steps):
        return 0.0
    total, own, waited, known = 0, 0, 0, False
    for step in steps:
        own += step.hold + (step.off if waited or own else 0)
        waited += step.wait
        if step.path in (SELECT, SELECT_ALONE):
            total += waited if known and own < 100 * MS else 0
            own, waited, known = 0, 0, True
    return total / 1e9


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(1, 60 * MS),
        st.integers(1, 60 * MS),
        st.integers(1, 60 * MS),
        st.sampled_from([SELECT, CALLBACK, SELECT_ALONE, ELSEWHERE]),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 12))
def test_every_cut_gives_the_same(steps: list[Step], block_rows: int) -> None:
    assert served_s(steps, block_rows) == pytest.approx(expected_s(steps))
