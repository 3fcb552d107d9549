"""The programs whose answers are known, and races of real projects, in every interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.corpus import CASES, FOLDER, Case
from support.exploreprocess import explore
from support.realbugs import BUGS

if TYPE_CHECKING:
    from support.interpreters import Interpreter

SECONDS = 120.0  # far more than any of them needs, also on a busy machine
REAL = FOLDER / "real"


def worlds_of(case: Case, interpreter: Interpreter) -> set[str]:
    """Since 3.14 `with` enters by a call, after which the eval loop may switch."""
    if (case.module, case.test) == ("lock_order", "test_broken_with"):
        return {"gil", "free-threaded"} if interpreter.version >= (3, 14) else {"free-threaded"}
    return set(case.worlds)


def wrong(case: Case, found: dict[str, Any], interpreter: Interpreter) -> str:
    """What is wrong about an answer; nothing if it is right."""
    if found["verdict"] != case.verdict:
        return f"{found['verdict']}, not {case.verdict}: {found['reasons']}"
    if case.verdict != "found":
        return ""
    if found["kind"] not in case.kinds:
        return f"{found['kind']}, not {sorted(case.kinds)}: {found['message']}"
    if set(found["worlds"]) != worlds_of(case, interpreter):
        return f"in {found['worlds']}, not in {sorted(worlds_of(case, interpreter))}"
    return ""


@pytest.mark.timeout(1_300)
def test_every_answer_is_right(any_interpreter: Interpreter) -> None:
    names = [f"{each.module}:{each.test}" for each in CASES]
    # What is proven is attacked on two of them: it takes longer than the proof, and is all alike.
    attack = any_interpreter.tag in {"3.11", "3.13t"}
    answers = explore(any_interpreter, [FOLDER], names, seconds=SECONDS, attack=attack)
    mistakes = {
        name: complaint
        for name, case in zip(names, CASES, strict=True)
        if (complaint := wrong(case, answers[name], any_interpreter))
    }
    assert mistakes == {}


def test_frames_are_cleared(any_interpreter: Interpreter) -> None:
    names = ["modelled:test_cleared_frames", "modelled:test_cleared_generators"]
    answers = explore(any_interpreter, [FOLDER], names, seconds=SECONDS)
    frames, generators = (answers[name] for name in names)
    expected = "not proven" if any_interpreter.free_threaded else "proven"
    assert frames["verdict"] == expected, frames
    assert not any("clear" in reason for reason in frames["reasons"]), frames
    assert generators["verdict"] != "proven", generators


def test_real_bugs_are_found_and_gone_with_the_fix(any_interpreter: Interpreter) -> None:
    names = [f"{bug.module}:{test}" for bug in BUGS for test in ("test_affected", "test_fixed")]
    answers = explore(any_interpreter, [FOLDER, REAL], names, seconds=SECONDS)
    for bug in BUGS:
        affected, fixed = (
            answers[f"{bug.module}:test_affected"],
            answers[f"{bug.module}:test_fixed"],
        )
        assert affected["verdict"] == "found", bug
        assert affected["kind"] in bug.kinds, affected
        assert "free-threaded" in affected["worlds"], bug
        assert fixed["verdict"] == "proven", fixed


@pytest.mark.sanitizer
@pytest.mark.timeout(500)
def test_some_of_each_kind(any_interpreter: Interpreter) -> None:
    """The same under sanitizers, which are too slow for all."""
    modules = ("containers", "iteration", "lock_order", "lost_wakeups", "pools", "timers", "queues")
    cases = [each for each in CASES if each.module in modules]
    names = [f"{each.module}:{each.test}" for each in cases]
    answers = explore(any_interpreter, [FOLDER], names, executions=60)
    found = {name for name, answer in answers.items() if answer["verdict"] == "found"}
    broken = {name for name, case in zip(names, cases, strict=True) if case.verdict == "found"}
    assert found <= broken
    assert len(found) > len(broken) * 0.8  # a small budget may miss some


NOT_PROVEN = {
    "test_unmodelled": "not modelled: sys.setrecursionlimit",
    "test_times": "not repeatable: posix.times",
    "test_state_left_over": "went on differently",
    "test_finalizer": "not modelled: Noisy.__del__",
    "test_many_threads": "more than 63 threads",
    "test_blocked_in_c": "blocked in a call that is not modelled: ",  # the last: it stays blocked
}


def test_chance_is_no_reason(any_interpreter: Interpreter) -> None:
    """Random bytes are the same in each execution."""
    test = "honest:test_random_bytes"
    found = explore(any_interpreter, [FOLDER], [test], seconds=SECONDS)[test]
    assert found["verdict"] == "proven", found


def test_what_cannot_be_proven_is_not(any_interpreter: Interpreter) -> None:
    names = [f"honest:{test}" for test in NOT_PROVEN]
    answers = explore(any_interpreter, [FOLDER], names, seconds=SECONDS)
    for test, reason in NOT_PROVEN.items():
        found = answers[f"honest:{test}"]
        assert found["verdict"] == "not proven", found
        assert any(reason in each for each in found["reasons"]), found


def test_what_a_collection_ran_is_still_observed(any_interpreter: Interpreter) -> None:
    """Else it would wait for a lock that it never asked the scheduler for."""
    test = "honest:test_two_log"
    found = explore(any_interpreter, [FOLDER], [test], seconds=SECONDS)[test]
    # Without the GIL, nobody knows when the handler ends.
    assert found["verdict"] == ("not proven" if any_interpreter.free_threaded else "proven"), found
    assert not any("blocked" in reason for reason in found["reasons"]), found


@pytest.mark.parametrize(
    "options",
    [{"executions": 1}, {"seconds": 1e-6}, {"executions": 150, "search": "exhaust"}],
    ids=str,
)
def test_a_spent_budget_proves_nothing(
    any_interpreter: Interpreter, options: dict[str, Any]
) -> None:
    test = (
        "honest:test_fixed"
        if options != {"executions": 150, "search": "exhaust"}
        else "honest:test_many_interleavings"
    )
    found = explore(any_interpreter, [FOLDER], [test], **options)[test]
    assert found["verdict"] == "not proven"
    assert any("budget was spent" in each for each in found["reasons"]), found


def test_packages_are_explored_on_request(any_interpreter: Interpreter) -> None:
    """packaging is installed beside gilscope, as a part of what built it."""
    test = "honest:test_package"
    alone = explore(any_interpreter, [FOLDER], [test])[test]
    assert alone["verdict"] == "not proven"
    assert any("--include packaging explores it" in each for each in alone["reasons"]), alone
    included = explore(any_interpreter, [FOLDER], [test], include=["packaging"])[test]
    assert included["verdict"] == "proven", included


def test_chance_is_seeded(any_interpreter: Interpreter) -> None:
    found = explore(any_interpreter, [FOLDER], ["honest:test_random"])["honest:test_random"]
    assert found["verdict"] == "proven", found


def test_timeouts_that_never_matter_are_no_reason(any_interpreter: Interpreter) -> None:
    found = explore(any_interpreter, [FOLDER], ["honest:test_sleeps"])["honest:test_sleeps"]
    assert found["verdict"] == "proven", found


def test_sampling_proves_nothing_and_is_reproducible(any_interpreter: Interpreter) -> None:
    names = ["honest:test_fixed", "honest:test_broken"]
    options: dict[str, Any] = {"search": "sample", "executions": 60, "seed": 3}
    first = explore(any_interpreter, [FOLDER], names, **options)
    assert first["honest:test_fixed"]["verdict"] == "not proven"
    assert first["honest:test_broken"]["verdict"] == "found"
    again = explore(any_interpreter, [FOLDER], names, **options)
    assert again == first


def test_a_preemption_bound_is_stated(any_interpreter: Interpreter) -> None:
    test = "honest:test_broken"
    bounded = explore(any_interpreter, [FOLDER], [test], preemptions=0, search="exhaust")[test]
    assert bounded["verdict"] == "proven"
    free = explore(any_interpreter, [FOLDER], [test], preemptions=1, search="exhaust")[test]
    assert free["verdict"] == "found"
    assert free["races"] >= 1
