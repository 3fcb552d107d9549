"""What lies outside of an exploration is neither proven nor called a failure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from support.corpus import FOLDER
from support.exploreprocess import explore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

    from support.interpreters import Interpreter

BESIDE = "server, started before the test, is not explored"
PROCESS = "starts a process: "
RAW_THREAD = "starts a thread with `_thread`, which is not explored: "
OUTSIDE = "time passed while waiting for something outside: "
REFUSED = {
    "test_thread_that_nobody_knows": RAW_THREAD,
    "test_subprocess": PROCESS,
    "test_subprocess_alone": PROCESS,
    "test_system": PROCESS,
    "test_fork": PROCESS,
}
FAILING = {
    "test_timeout_of_own_socket_fails": "TimeoutError: timed out",
    "test_timeout_of_own_connection_fails": "TimeoutError: timed out",
    "test_deadlock_at_own_pipe_fails": "deadlock: 2 threads wait for ever",
    "test_deadlock_in_a_pool_fails": "deadlock: 1 thread waits for ever",
}


def answers(
    interpreter: Interpreter, names: Iterable[str], **options: Any
) -> dict[str, dict[str, Any]]:
    found = explore(interpreter, [FOLDER], [f"outsiders:{each}" for each in names], **options)
    return {name.partition(":")[2]: answer for name, answer in found.items()}


def test_threads_from_before_the_test_forbid_a_proof(
    any_interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = ("test_thread_from_before", "test_answer_of_a_thread_from_before")
    alone = answers(any_interpreter, ["test_no_thread_beside"])["test_no_thread_beside"]
    assert alone["verdict"] == "proven", alone
    monkeypatch.setenv("BEFORE", "1")
    for test, answer in answers(any_interpreter, tests, seconds=3.0).items():
        assert answer["verdict"] == "not proven", (test, answer)
        assert BESIDE in answer["reasons"], (test, answer)


def test_processes_and_raw_threads_are_refused(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, REFUSED)
    for test, reason in REFUSED.items():
        assert found[test]["verdict"] == "not proven", (test, found[test])
        assert reason in "; ".join(found[test]["reasons"]), (test, found[test])
        assert "outsiders.py:" in "; ".join(found[test]["reasons"]), (test, found[test])


def test_time_does_not_pass_for_what_comes_from_outside(
    any_interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outer = tmp_path / "outer"
    os.mkfifo(outer)
    writing = os.open(outer, os.O_RDWR)
    monkeypatch.setenv("OUTER", str(outer))
    try:
        found = answers(
            any_interpreter, ["test_waits_for_outside", "test_waits_for_outside_for_ever"]
        )
    finally:
        os.close(writing)
    for test, answer in found.items():
        assert answer["verdict"] == "not proven", (test, answer)
        assert OUTSIDE in "; ".join(answer["reasons"]), (test, answer)


def test_time_passes_where_all_is_the_programs_own(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, FAILING)
    assert {test: answer["message"] for test, answer in found.items()} == FAILING


def test_pools_that_nobody_shuts_down_are_no_deadlock(any_interpreter: Interpreter) -> None:
    tests = ("test_pool_that_lives_on", "test_pool_that_nobody_shuts_down")
    for test, answer in answers(any_interpreter, tests, seconds=3.0).items():
        assert answer["verdict"] != "found", (test, answer)
        assert not any("it hung" in each for each in answer["reasons"]), (test, answer)
