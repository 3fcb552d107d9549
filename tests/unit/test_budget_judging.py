"""Budgets judged: as Python itself would, and never passed where something is not known."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.budget.checking import Limit, limit_of
from gilscope.budget.evaluation import judge
from gilscope.budget.outcome import Outcome, Place, Reason, overall, status_of, unjudged
from gilscope.budget.syntax import written
from gilscope.report.budget import sentences
from gilscope.report.gil.json_ import to_dict
from support import analyses
from support.conditions import Conditions, by_python, forgetful, grown, report_of

if TYPE_CHECKING:
    from gilscope.budget.outcome import Judged
    from gilscope.budget.syntax import Condition

DECIDED = (Outcome.PASSED, Outcome.EXCEEDED)


def outcome(condition: Condition, report: dict[str, Any]) -> Outcome:
    (judged,) = judge([Limit("", condition)], report)
    return judged.outcome


def asked(text: str, report: dict[str, Any], **options: bool) -> Judged:
    (judged,) = judge([limit_of(text)], report, **options)
    return judged


@pytest.fixture(params=range(8))
def random(request: pytest.FixtureRequest) -> Random:
    return Random(request.param)


ROUNDS = 400


def test_it_says_what_python_says(random: Random) -> None:
    seen = set()
    for _ in range(ROUNDS):
        condition, report = Conditions(random).any_kind(), report_of(random)
        expected = Outcome.EXCEEDED if by_python(condition, report) else Outcome.PASSED
        assert outcome(condition, report) is expected, written(condition)
        seen.add(expected)
    assert seen == set(DECIDED)


def test_what_is_forgotten_changes_no_answer(random: Random) -> None:
    """An answer that is given with less known is the answer with more known."""
    seen = Counter[Outcome]()
    for _ in range(ROUNDS):
        condition, report = Conditions(random).any_kind(), report_of(random)
        found = outcome(condition, forgetful(report, random))
        seen[found] += 1
        assert found in (Outcome.UNKNOWN, outcome(condition, report)), written(condition)
    assert min(seen[each] for each in Outcome) > ROUNDS / 20  # it has learned to say each


def test_a_recording_that_broke_off_is_never_wrong(random: Random) -> None:
    """Whatever the rest of the run would have been."""
    seen = Counter[Outcome]()
    for _ in range(ROUNDS):
        condition, report = Conditions(random).any_kind(), report_of(random)
        broken = {**report, "run": {**report["run"], "end_reason": "disk-full"}}
        found = outcome(condition, broken)
        seen[found] += 1
        rest = grown(report, random)
        assert found in (Outcome.UNKNOWN, outcome(condition, rest)), written(condition)
    assert min(seen[each] for each in Outcome) > ROUNDS / 100


def test_what_is_found() -> None:
    judged = asked("gil.wait_s > 100ms and any(stalls.stall_s > 50ms)", to_dict(stall()))
    assert judged.outcome is Outcome.EXCEEDED
    total, *rows = judged.found
    assert (total.figure, total.operator) == ("gil.wait_s", ">")
    assert total.limit == pytest.approx(0.1)
    assert total.value == to_dict(stall())["gil"]["wait_s"]
    assert all(isinstance(row.place, Place) and row.place.file for row in rows)
    assert judged.places  # the lines that are blamed for gil.wait_s
    text = " ".join([sentences.heading(judged), *sentences.details(judged)])
    assert "`gil.wait_s`" in text
    assert "100 ms" in text


def test_the_other_side_is_told_as_people_say_it() -> None:
    (found,) = asked("100ms < gil.wait_s", to_dict(stall())).found
    assert (found.figure, found.operator) == ("gil.wait_s", ">")
    (found,) = asked("not gil.wait_s <= 100ms", to_dict(stall())).found
    assert (found.figure, found.operator) == ("gil.wait_s", ">")


def stall() -> Any:
    return analyses.program(analyses.stall())


def changed(**changes: Any) -> dict[str, Any]:
    report = to_dict(stall())
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        report[outer][inner] = value
    return report


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (changed(run__end_reason="disk-full"), Reason.BROKE_OFF),
        (changed(run__end_reason="unfinished"), Reason.BROKE_OFF),
        (changed(run__end_reason="something new"), Reason.BROKE_OFF),
        (changed(run__gil_enabled=False), Reason.NO_GIL),
        (changed(verdict__kind="empty"), Reason.EMPTY),
        (changed(verdict__kind="failed"), Reason.FAILED),
        (changed(verdict__kind="elsewhere"), Reason.ELSEWHERE),
        (changed(gil__wait_s=None), Reason.NULL),
    ],
)
def test_what_is_not_known_is_not_passed(report: dict[str, Any], reason: Reason) -> None:
    judged = asked("gil.wait_s > 1h", report)
    assert judged.outcome is Outcome.UNKNOWN
    assert [each.reason for each in judged.doubts] == [reason]
    assert asked("not gil.wait_s > 1h", report).outcome is Outcome.UNKNOWN
    assert asked("run.gil_forced or gil.wait_s > 1h", report).outcome is Outcome.UNKNOWN
    assert asked("known(gil.wait_s) and gil.wait_s > 1h", report).outcome is Outcome.PASSED
    assert asked("run.samples > 1e9", report).outcome is Outcome.PASSED
    expected = Outcome.UNKNOWN if reason is Reason.NULL else Outcome.EXCEEDED
    assert asked("gil.wait_s > 1ms", report).outcome is expected  # it is at least that much


def test_damage_and_traces_that_are_missing() -> None:
    report = to_dict(stall())
    assert asked("gil.wait_s > 1h", report).outcome is Outcome.PASSED
    assert asked("gil.wait_s > 1h", report, is_damaged=True).doubts[0].reason is Reason.DAMAGED
    report["collection"] = {"unread": [{"file": "x", "reason": "y"}], "incomplete": []}
    assert asked("gil.wait_s > 1h", report).doubts[0].reason is Reason.INCOMPLETE


def test_lists_without_a_gil() -> None:
    """They are empty, which is not that nobody waited."""
    report = changed(run__gil_enabled=False)
    for name in ("blame", "victims", "stalls", "pairs"):
        report[name] = []
    for text in ("max(stalls.stall_s) > 1s", "any(victims.wait_s > 1s)", "sum(blame.fraction) > 1"):
        assert asked(text, report).outcome is Outcome.UNKNOWN, text
    assert asked("len(threads) > 1000", report).outcome is Outcome.PASSED
    assert asked("max(threads.cpu_s) > 1h", report).outcome is Outcome.PASSED


def test_the_end_of_a_run_only() -> None:
    report = changed(run__rows_from_s=3.0)
    assert asked("gil.wait_s > 1h", report).outcome is Outcome.PASSED
    for text in ("max(stalls.stall_s) > 1h", "stall_count > 1000", "max(threads.wait_p99_s) > 1h"):
        judged = asked(text, report)
        assert judged.outcome is Outcome.UNKNOWN, text
        assert judged.doubts[0].reason is Reason.END_ONLY
    assert asked("max(stalls.stall_s) > 1ms", report).outcome is Outcome.EXCEEDED


def test_lists_that_have_the_longest_only() -> None:
    report = to_dict(stall())
    row = report["stalls"][0]
    report["stalls"] = [{**row, "stall_s": each} for each in (0.5, 0.4)]
    report["stall_count"] = 100
    assert asked("max(stalls.stall_s) > 0.5", report).outcome is Outcome.PASSED
    assert asked("any(stalls.stall_s > 0.45)", report).outcome is Outcome.EXCEEDED
    assert asked("any(stalls.stall_s > 0.6)", report).outcome is Outcome.PASSED
    assert asked("any(stalls.stall_s < 0.1)", report).outcome is Outcome.UNKNOWN
    assert asked("any(stalls.function == 'other')", report).outcome is Outcome.UNKNOWN
    assert asked("len(stalls) > 2", report).outcome is Outcome.UNKNOWN
    assert asked("len(stalls) > 1", report).outcome is Outcome.EXCEEDED
    assert asked("sum(stalls.stall_s) > 1s", report).outcome is Outcome.UNKNOWN
    assert asked("stall_count > 99", report).outcome is Outcome.EXCEEDED


def test_processes_that_were_not_recorded() -> None:
    report = to_dict(analyses.converting())
    judged = asked("any(processes.wait_s > 1h)", report)
    assert judged.outcome is Outcome.UNKNOWN
    assert judged.doubts[0].reason is Reason.NULL
    text = "any(processes.recorded and processes.wait_s > 1h)"
    assert asked(text, report).outcome is Outcome.PASSED
    report["unlisted_processes"] = 3
    assert asked(text, report).outcome is Outcome.UNKNOWN


def test_nothing_of_none() -> None:
    report = to_dict(stall()) | {"stalls": [], "stall_count": 0, "locks": []}
    assert asked("max(stalls.stall_s) > 0", report).outcome is Outcome.PASSED
    assert asked("sum(locks.wait_s) > 0", report).outcome is Outcome.PASSED
    assert asked("any(locks.wait_s >= 0)", report).outcome is Outcome.PASSED
    assert asked("all(locks.wait_s < 0)", report).outcome is Outcome.EXCEEDED
    assert asked("min(locks.wait_s) < 1h", report).doubts[0].reason is Reason.NO_ROWS


def test_the_worst_of_several_decides() -> None:
    report = to_dict(stall())
    exceeded, kept, unknown = "gil.wait_s > 0", "gil.wait_s > 1h", "without_gil.wait_s > 1"
    for texts, expected, status in (
        ([kept], Outcome.PASSED, 0),
        ([kept, unknown], Outcome.UNKNOWN, 5),
        ([unknown, exceeded, kept], Outcome.EXCEEDED, 4),
    ):
        judged = judge([limit_of(each) for each in texts], report)
        assert overall(judged) is expected
        assert status_of(judged) == status
    assert status_of(unjudged([limit_of(kept)])) == 5
    assert status_of([]) == 0


def test_close_values_are_told_apart() -> None:
    (text,) = [
        each
        for each in sentences.details(asked("gil.wait_s > 0.1", changed(gil__wait_s=0.1000001)))
        if "is 0.1" in each
    ]
    assert "0.1000001 s (> 0.1 s)" in text
