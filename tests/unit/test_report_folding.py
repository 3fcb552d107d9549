"""Which steps of a failing schedule are shown: a pure function of its events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gilscope.explore.facts import Position
from gilscope.explore.results import Event, Failure, Inside, Kind
from gilscope.report.exploration.folding import MOST_LINES, folded_events, height, rows_of
from gilscope.report.exploration.turns import Folded, Turn, operations_of, turns_of
from support.sampleexplorations import decided, events_of, long_schedule

if TYPE_CHECKING:
    from gilscope.report.exploration.turns import ScheduleRow
    from support.sampleexplorations import Step

FAILURE = Failure(Kind.ASSERTION, 0, "AssertionError", "")


def lines_of(rows: list[ScheduleRow]) -> list[int]:
    return [row.position.line for row in rows if isinstance(row, Turn)]


def reads(thread: int, first: int, last: int) -> list[Step]:
    return [(thread, line, "read", f"x{line}", "0") for line in range(first, last)]


def test_what_fits_on_a_screen_is_shown_whole() -> None:
    events = events_of("a.py", [*reads(1, 0, 5), *reads(2, 5, 10)])
    assert rows_of(events, FAILURE) == turns_of(events)
    assert folded_events(events, FAILURE) == set()


def test_long_stretches_are_folded_and_both_sides_of_a_switch_are_not() -> None:
    events = events_of("a.py", [*reads(1, 0, 40), *reads(2, 40, 80)], frozenset({40}))
    rows = rows_of(events, FAILURE)
    before, *sides, after = rows
    assert before == Folded(1, 39)
    assert lines_of(sides) == [39, 40]
    assert after == Folded(2, 39)
    assert folded_events(events, FAILURE) == {*range(39), *range(41, 80)}


def test_what_decided_is_never_folded() -> None:
    events = events_of("a.py", [*reads(1, 0, 40), *reads(2, 40, 80)], frozenset({40}))
    rows = rows_of(decided(events, {7: None, 61: "0"}), FAILURE)
    assert lines_of(rows) == [7, 39, 40, 61]
    assert [row.steps for row in rows if isinstance(row, Folded)] == [7, 31, 20, 18]


def test_few_steps_between_others_stay_while_there_is_room() -> None:
    events = decided(events_of("a.py", reads(1, 0, 60)), {50: None, 53: None})
    rows = rows_of(events, FAILURE)
    assert lines_of(rows) == [50, 51, 52, 53]


def test_the_last_step_of_a_thread_that_failed_stays() -> None:
    events = events_of("a.py", [*reads(1, 0, 40), *reads(2, 40, 80)])
    failed = replace(FAILURE, thread=1)
    rows = rows_of(events, replace(failed, thread=2))
    assert 79 in lines_of(rows)
    assert 79 not in lines_of(rows_of(events, failed))


def test_switches_that_are_no_preemptions_go_when_there_are_too_many() -> None:
    told = [each for at in range(60) for each in reads(at % 2, at, at + 1)]
    events = decided(events_of("a.py", told, frozenset({30})), {10: None})
    rows = rows_of(events, FAILURE)
    assert lines_of(rows) == [10, 29, 30, 58]  # the last: of the thread that failed
    first, ten, *_ = rows
    assert first == Folded(None, 10)
    assert isinstance(ten, Turn)
    assert not ten.preemption


def test_a_thread_that_is_shown_after_another_comes_after_it() -> None:
    told = [each for at in range(60) for each in reads(at % 3, at, at + 1)]
    rows = rows_of(decided(events_of("a.py", told), {20: None, 40: None}), FAILURE)
    shown = [row for row in rows if isinstance(row, Turn)]
    assert [(row.thread, row.after) for row in shown] == [(2, None), (1, 2), (0, 1)]


def inside(event: Event, line: int, *, decisive: bool = False) -> Event:
    where = Inside(Position("/lib/queue.py", line, "Queue.put"), "read", "jobs.queue")
    return replace(event, inside=where, decisive=decisive)


def test_a_call_of_the_library_is_one_operation() -> None:
    call: Step = (1, 3, "call", "jobs.put(1)", None)
    other: Step = (1, 3, "call", "jobs.get()", None)
    first, second, third, fourth = events_of("a.py", [call, call, call, other])
    events = (inside(first, 5), inside(second, 6, decisive=True), inside(third, 7))
    (turn,) = turns_of((*events, inside(fourth, 9)))
    shown = operations_of(turn)
    assert [(each.event.target, each.inside, each.decisive) for each in shown] == [
        ("jobs.put(1)", False, True),
        ("jobs.put(1)", True, False),
        ("jobs.get()", False, False),
    ]


def test_the_long_example_fits_on_a_screen() -> None:
    found = long_schedule().counterexample
    assert found is not None
    assert sum(map(height, turns_of(found.events))) > 3 * MOST_LINES
    assert sum(map(height, rows_of(found.events, found.failure))) <= MOST_LINES


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(1, 9), st.just("read"), st.sampled_from("xy"), st.none()
    ),
    max_size=90,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.sets(st.integers(0, 89), max_size=4), st.sets(st.integers(0, 89), max_size=4))
def test_whatever_happened_no_step_is_lost(
    told: list[Step], preempted: set[int], decisive: set[int]
) -> None:
    events = decided(events_of("a.py", told, frozenset(preempted)), dict.fromkeys(decisive))
    folded = folded_events(events, FAILURE)
    assert not folded & decisive
    assert rows_of(events, FAILURE, all_steps=True) == turns_of(events)
    assert folded <= set(range(len(events)))
