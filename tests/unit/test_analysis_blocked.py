"""What blocked a loop: turn by turn and task by task, however the trace is cut."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gilscope.analysis import analyze
from gilscope.trace import LOOK_OF_NO_GIL, SAMPLER_TABLE, load
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import LoopBlocks

MS = 1_000_000
LIB = "/usr/lib/python3.11"
CODES = {  # by code id: function and file
    1: ("BaseEventLoop._run_once", f"{LIB}/asyncio/base_events.py"),
    2: ("EpollSelector.select", f"{LIB}/selectors.py"),
    3: ("Handle._run", f"{LIB}/asyncio/events.py"),
    4: ("task", "/home/me/app.py"),
    5: ("slow", "/home/me/app.py"),
    6: ("<module>", "/home/me/app.py"),
    7: ("InteractiveShell.run_code", f"{LIB}/site-packages/IPython/core/interactiveshell.py"),
}
PATHS = [(1, 0, 1, 0), (2, 1, 2, 0), (3, 1, 3, 0), (4, 3, 4, 0), (5, 4, 5, 0), (6, 0, 2, 0)]
PATHS += [(7, 0, 5, 0), (8, 0, 6, 0), (9, 3, 7, 0), (10, 9, 4, 0)]
SELECT, TASK, SLOW, SELECT_ALONE, SLOW_ALONE, MODULE, CELL = 2, 4, 5, 6, 7, 8, 10


class Step(NamedTuple):
    """What the loop's thread does next, in ns; then it lets go of the GIL at a path.

    `before` is where it was without the GIL, if that is known; `looks` are samples of the hold:
    path and root; `behind`: how many callbacks the loop had yet to call then.
    """

    off: int
    wait: int
    hold: int
    path: int
    before: int = 0
    looks: Sequence[tuple[int, int]] = ()
    behind: Sequence[int] = ()


def poll(off: int = 9 * MS, hold: int = MS) -> Step:
    return Step(off, 0, hold, SELECT, SELECT)


def blocked(
    steps: Sequence[Step], block_rows: int = 1 << 20, away: Sequence[tuple[int, int, int]] = ()
) -> LoopBlocks:
    """`away` are looks at what a step kept waiting while it was off: its number, thread, behind."""
    holds, resumes, looks, now = [], [], [], 1000
    for number, step in enumerate(steps):
        for of, thread, behind in away:
            if of == number:
                looks.append((now + MS, now, 7, thread, SLOW, LOOK_OF_NO_GIL, TASK, behind))
        request = now + step.off
        acquire = request + step.wait
        now = acquire + step.hold
        holds.append((request, acquire, now, 1, step.path))
        if step.before:
            resumes.append((number, 0, 0, step.before))
        for at, (seen, root) in enumerate(step.looks):
            time = acquire + step.hold * (2 * at + 1) // (2 * len(step.looks))
            behind = step.behind[at] if step.behind else 0
            looks.append((time, acquire, root, 1, seen, 0, TASK if root else 0, behind))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.gil"
        with TraceWriter(path) as out:
            out.meta(switch_interval_ns=5 * MS)
            for table in (0, SAMPLER_TABLE):
                for code, (function, file) in CODES.items():
                    out.code(code, function, file, [code], table=table)
                out.paths(PATHS, table=table)
            out.sites([(number, number, 0) for number, *_ in PATHS])
            out.holds(holds_array(holds))
            out.resumes(resumes)
            out.looks(looks)
            out.thread(1, "loop", 0, now, ended=False)
            out.meta(end_ns=now)
        return analyze(load(path), block_rows=block_rows).loop


def called(off: int, wait: int = 0, path: int = SLOW) -> list[Step]:
    """The loop has something to call, and that lets go of the GIL, as to sleep."""
    return [Step(9 * MS, 0, MS, path, SELECT), Step(off, wait, MS, SELECT, path)]


BLOCK = [poll(), *called(200 * MS)]


def test_what_a_callback_slept_at() -> None:
    found = blocked([*BLOCK, poll()])
    (row,) = found.blocked
    assert (row.line.function, row.callback.function, row.kind) == ("slow", "task", "blocked")
    assert row.blocked_s == pytest.approx(0.2)
    assert (row.times, found.times, found.thread) == (1, 1, "loop")
    assert found.delayed_s == 0, "then it waited for something to do"


def test_when_the_loop_was_blocked() -> None:
    """The longest first, each from when to when, and by which line."""
    found = blocked([*BLOCK, poll(), *called(300 * MS), poll()])
    assert [each.blocked_s for each in found.turns] == pytest.approx([0.302, 0.202])
    longest, first = found.turns
    assert (longest.thread, longest.line.function) == ("loop", "slow")
    for each in found.turns:
        assert each.to_s - each.from_s == pytest.approx(each.blocked_s, abs=0.01)
    assert first.to_s < longest.from_s


def test_something_was_due_if_the_loop_goes_on_at_once() -> None:
    assert blocked([*BLOCK, poll(10_000), poll()]).delayed_s == pytest.approx(0.202)
    assert blocked([*BLOCK, poll(10_000), poll(10_000)]).delayed_s == 0, "it just ended"


def test_what_is_called_after_it_in_the_same_turn_was_delayed() -> None:
    def delayed(behind: Sequence[int]) -> float:
        looks = [(SLOW, 7)] * len(behind)
        hold = Step(9 * MS, 0, 20 * MS * len(behind), SELECT, SELECT, looks, behind)
        return blocked([poll(), hold, poll()]).delayed_s

    assert delayed([2] * 10) == pytest.approx(0.2)
    assert delayed([0] * 10) == 0, "nothing was ready"
    assert delayed([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]) == 0, "each of them was as long"
    assert delayed([3, 2, 1, 1, 1, 1, 0, 0, 0, 0]) == pytest.approx(0.2)
    assert delayed([0xFFFFFFFF] * 10) == pytest.approx(0.2), "one that is damaged costs nothing"


def test_waits_for_the_gil_are_not_its_doing() -> None:
    starved = [poll(), *called(MS, 300 * MS), poll()]
    assert not blocked(starved).times
    both = [poll(), *called(150 * MS, 300 * MS), poll()]
    assert blocked(both).blocked_s == pytest.approx(0.152)


def test_a_hold_is_named_by_what_was_seen() -> None:
    seen = Step(9 * MS, 0, 300 * MS, SELECT, SELECT, [(SLOW, 7)] * 9)
    (row,) = blocked([poll(), seen, poll()]).blocked
    assert (row.line.function, row.kind) == ("slow", "holding")
    assert row.blocked_s == pytest.approx(0.3)


def test_a_hold_that_nobody_saw_is_not_a_loops() -> None:
    """Where it ended is known, and it was polling there: that says nothing of what ran."""
    assert not blocked([poll(), poll(hold=300 * MS), poll()]).times


def test_what_is_not_called_by_a_loop_does_not_block_it() -> None:
    between = [poll(), *called(300 * MS, path=MODULE), poll()]
    assert not blocked(between).times
    first = Step(9 * MS, 0, MS, MODULE, SELECT), Step(200 * MS, 0, MS, SLOW, MODULE)
    both = [poll(), *first, Step(200 * MS, 0, MS, SELECT, SLOW), poll()]
    assert blocked(both).blocked_s == pytest.approx(0.201)


def test_a_cell_of_a_notebook_does_not_block_its_kernel() -> None:
    assert not blocked([poll(), *called(300 * MS, path=CELL), poll()]).times


def test_tasks_that_are_ready_together_are_told_apart() -> None:
    def turn(roots: Sequence[int]) -> list[Step]:
        looks = [(SLOW, root) for root in roots]
        return [poll(), Step(9 * MS, 0, 20 * MS * len(roots), SELECT, SELECT, looks), poll()]

    assert blocked(turn([7] * 10)).blocked_s == pytest.approx(0.2)
    assert not blocked(turn(range(1, 11))).times
    mixed = blocked(turn([1, 2, *[3] * 7, 4, 5]))
    assert mixed.times == 1
    assert mixed.blocked_s == pytest.approx(0.14)
    assert blocked(turn([0] * 10)).blocked_s == pytest.approx(0.2), "callbacks are not"


def test_a_path_that_changed_while_it_was_read_is_no_other_task() -> None:
    looks = [*[(SLOW, 7)] * 5, (SLOW_ALONE, 9), *[(SLOW, 7)] * 4]
    found = blocked([poll(), Step(9 * MS, 0, 200 * MS, SELECT, SELECT, looks), poll()])
    assert found.times == 1
    assert found.blocked_s == pytest.approx(0.18), "what is not known to be called does not count"


def test_turns_that_were_summed_up_are_looks() -> None:
    """Where each of them was is not known: 150 ms of callbacks and of polls, in some order."""
    steps = [poll(), Step(MS, 0, 150 * MS, SLOW_ALONE), Step(0, 0, 30 * MS, SELECT_ALONE), poll()]
    assert not blocked(steps).times
    apart = [Step(MS, 0, MS, SLOW_ALONE, SELECT), Step(150 * MS, 0, MS, SELECT_ALONE, SLOW)]
    assert blocked([poll(), *apart, poll()]).times == 1


def expected_s(steps: list[Step]) -> float:
    """The same, step by step: sleeping callbacks only."""
    total, own, known = 0, 0, False
    for step in steps:
        own += step.hold + (step.off if step.before != SELECT else 0)
        if step.path == SELECT:
            total += own if known and own >= 100 * MS else 0
            own, known = 0, True
    return total / 1e9


STEPS = st.lists(
    st.builds(
        Step,
        st.integers(2 * MS, 150 * MS),
        st.integers(0, 60 * MS),
        st.integers(1, 3 * MS),
        st.sampled_from([SELECT, SLOW]),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 12))
def test_every_cut_gives_the_same(steps: list[Step], block_rows: int) -> None:
    """Where a thread was without the GIL is where it let go of it."""
    ends = [poll(), *steps, poll()]
    told = [ends[0]]
    for before, step in pairwise(ends):
        told.append(step._replace(before=before.path))
    assert blocked(told, block_rows).blocked_s == pytest.approx(expected_s(told))


def test_what_was_ready_while_a_callback_was_blocked_was_delayed() -> None:
    """Nothing else says so, if all that is called after it in its turn takes a moment."""

    def delayed(away: tuple[int, int, int], off: int = 200 * MS) -> float:
        return blocked([poll(), *called(off), poll()], away=[away]).delayed_s

    assert delayed((2, 1, 3)) == pytest.approx(0.202)
    assert delayed((2, 1, 0)) == 0, "nothing was ready"
    assert delayed((1, 1, 3)) == 0, "that was while the loop had nothing to do"
    assert delayed((2, 2, 3)) == 0, "that was another thread"
