"""The attack on what would be proven: what it finds by itself; that it blames nobody falsely."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.corpus import CASES, FOLDER
from support.exploreprocess import PROGRAMS, explore
from support.interpreters import clean_environment

if TYPE_CHECKING:
    from support.interpreters import Interpreter

ATTACKED = PROGRAMS / "attacked"
# Far more than any of them needs, also on a busy machine: one in twenty runs meets each.
PERSISTENT = {"least_s": 0.0, "soon_s": 100.0, "most_s": 100.0, "enough": 1_000, "most_runs": 1_000}
BRIEF = {"least_s": 0.0, "soon_s": 60.0, "most_s": 60.0, "enough": 40, "most_runs": 40}
ASSERTION, DEADLOCK, EXCEPTION = {"assertion"}, {"deadlock"}, {"exception"}
RACES = {
    "test_plain_attribute": ASSERTION,
    "test_match_class": ASSERTION,
    "test_super_attribute": ASSERTION,
    "test_yield_from": ASSERTION | EXCEPTION,  # or "dictionary changed size during iteration"
    "test_lost_update": ASSERTION,
    "test_lock_order": DEADLOCK,
    "test_error_in_thread": EXCEPTION,
    "test_lost_update_beside_daemon": ASSERTION,
}
FIXED = ("fixed", "daemons", "printing", "globals", "thread_names")

pytestmark = pytest.mark.timeout(500)


def run(interpreter: Interpreter, program: str, *arguments: object) -> list[dict[str, Any]]:
    done = subprocess.run(
        [interpreter.python, "-W", "error", PROGRAMS / program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
        env={**clean_environment(), **interpreter.environment},
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def attack(
    interpreter: Interpreter, tests: list[str], limits: dict[str, float], **options: Any
) -> dict[str, dict[str, Any]]:
    """What came of an attack without a search, by test; nothing is ever left behind."""
    names = [f"races:{test}" for test in tests]
    rows = run(
        interpreter, "attack_alone.py", json.dumps(options), json.dumps(limits), ATTACKED, *names
    )
    assert {(len(row["children"]), row["descriptors"]) for row in rows} == {(0, 0)}
    return {row["test"].removeprefix("races:"): row for row in rows}


def test_races_are_met_without_a_search(any_interpreter: Interpreter) -> None:
    found = attack(any_interpreter, list(RACES), PERSISTENT)
    assert {
        name: row["failure"] for name, row in found.items() if row["kind"] not in RACES[name]
    } == {}
    assert "in test_lost_update" in found["test_lost_update"]["traceback"]
    assert "gilscope" not in found["test_lost_update"]["traceback"]
    assert found["test_error_in_thread"]["failure"] == "ValueError: met"
    lock_order = found["test_lock_order"]
    assert lock_order["failure"] == "deadlock: 3 threads wait for ever"
    assert "in backwards\n    with first:" in lock_order["traceback"]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="nothing runs in parallel")
def test_threads_run_in_parallel_without_the_gil(free_threaded: Interpreter) -> None:
    """`list(deque)` is one instruction: no switch between instructions meets it."""
    found = attack(free_threaded, ["test_copy_of_deque"], PERSISTENT)["test_copy_of_deque"]
    # In parallel it may happen in all runs before the attack, too: then no race is claimed.
    said = found["failure"] or found["doubt"]
    assert "RuntimeError: deque mutated during iteration" in said, found


def test_what_holds_withstands(any_interpreter: Interpreter) -> None:
    found = attack(any_interpreter, [f"test_{each}" for each in FIXED], BRIEF)
    for row in found.values():
        assert (row["failure"], row["doubt"], row["hindrance"]) == (None, "", ""), row
        assert row["runs"] == BRIEF["enough"]


def test_what_is_no_failure_forbids_the_proof(any_interpreter: Interpreter) -> None:
    doubts = {
        "test_blocked_for_ever": "with real threads it hung: ",
        "test_crash": "with real threads Python crashed: SIGSEGV",
        "test_fails_always": "it fails outside of the exploration: AssertionError: ",
        "test_never_ends": "with real threads it hung: MainThread at ",
    }
    found = attack(any_interpreter, list(doubts), PERSISTENT)
    for name, doubt in doubts.items():
        assert found[name]["failure"] is None
        assert found[name]["doubt"].startswith(doubt), found[name]


def test_what_cannot_be_attacked_says_why(any_interpreter: Interpreter) -> None:
    found = attack(any_interpreter, ["test_exit", "test_child_process"], PERSISTENT)
    for row in found.values():
        assert (row["failure"], row["doubt"]) == (None, "")
        assert row["hindrance"] == "its process ended early"


def test_an_endless_loop_is_ended(any_interpreter: Interpreter) -> None:
    limits = {**PERSISTENT, "soon_s": 6.0, "most_s": 6.0}
    row = attack(any_interpreter, ["test_endless"], limits)["test_endless"]
    assert (row["failure"], row["doubt"]) == (None, "")


def test_no_deadlock_is_claimed_where_other_threads_were(any_interpreter: Interpreter) -> None:
    """A lock that another thread held at the fork is held for ever in the child."""
    found = attack(any_interpreter, ["test_lock_order"], PERSISTENT, beside_thread=True)
    row = found["test_lock_order"]
    assert row["failure"] is None
    assert row["doubt"].startswith("with real threads it hung: ")


def test_a_timeout_that_can_end_says_nothing(any_interpreter: Interpreter) -> None:
    limits = {**BRIEF, "shortest_timeout_s": 1e-6}
    row = attack(any_interpreter, ["test_timeout_that_may_end"], limits)
    assert row["test_timeout_that_may_end"]["failure"] is None
    row = attack(any_interpreter, ["test_timeout_that_may_end"], PERSISTENT)
    found = row["test_timeout_that_may_end"]
    assert found["failure"] or found["doubt"]


# --- as a part of explore -------------------------------------------------------------------------


def test_a_hole_of_the_search_is_found(any_interpreter: Interpreter) -> None:
    names = ["races:test_plain_attribute", "races:test_lost_update", "races:test_fixed"]
    options = {"seconds": 200.0, "seed": 3}
    for found in run(
        any_interpreter, "explore_with_hole.py", json.dumps(options), ATTACKED, *names
    ):
        contradiction = found["attack"]["contradiction"]
        if found["target"] == "test_fixed":
            assert (found["verdict"], contradiction) == ("proven", None)
            continue
        assert found["verdict"] == "found", found
        assert found["counterexample"] is None
        assert contradiction["failure"]["message"].startswith("AssertionError: assert ")
        assert contradiction["worlds"][0] == "free-threaded"
        assert contradiction["seed"] == 3
        assert contradiction["run"] == found["attack"]["runs"]
        assert contradiction["python"].startswith(".".join(map(str, any_interpreter.version)))
        assert found["reasons"] == [
            "explore's search excluded a failure that happened: this is a fault of gilscope"
        ]
    options["attack"] = False
    for found in run(
        any_interpreter, "explore_with_hole.py", json.dumps(options), ATTACKED, *names
    ):
        assert (found["verdict"], found["attack"]) == ("proven", None), found


def test_what_is_proven_was_attacked(any_interpreter: Interpreter) -> None:
    """All other fixed programs are, too, where their answers are checked."""
    modules = ("lost_updates", "lock_order", "memo")
    cases = [each for each in CASES if each.module in modules and each.verdict == "proven"]
    names = [f"{each.module}:{each.test}" for each in cases]
    answers = explore(any_interpreter, [FOLDER], names, seconds=120.0)
    assert {answer["verdict"] for answer in answers.values()} == {"proven"}
    attacked = {name for name, answer in answers.items() if answer["attacked"]}
    assert set(names) - attacked == {"lock_order:test_fixed_timeout"}  # it depends on time
    again = explore(any_interpreter, [FOLDER], names[:3], seconds=120.0, attack=False)
    assert {answer["attacked"] for answer in again.values()} == {0}
