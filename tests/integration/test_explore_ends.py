"""Explorations end in time whatever a test does, and call nothing endless that is only long."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.corpus import FOLDER
from support.exploreprocess import explore
from support.interpreters import ROOT, clean_environment
from support.recording import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from support.interpreters import Interpreter

    Done = subprocess.CompletedProcess[str]

SECONDS = 3.0  # spent by those that cannot end otherwise
BLOCKED = "blocked in a call that is not modelled: "
LONG = "an execution had more than 2,000 steps"
SPENT = "the budget was spent"


def answers(
    interpreter: Interpreter, names: Iterable[str], **options: Any
) -> dict[str, dict[str, Any]]:
    found = explore(interpreter, [FOLDER], [f"endings:{each}" for each in names], **options)
    return {name.partition(":")[2]: answer for name, answer in found.items()}


def reasons_of(answer: dict[str, Any]) -> str:
    assert answer["verdict"] == "not proven", answer
    return "; ".join(answer["reasons"])


LENGTHY = {
    "test_many_increments": LONG,
    "test_many_rounds_over_a_list": LONG,
    "test_many_items": LONG,
    "test_waits_for_a_sleeper": LONG,
    "test_computes_for_ever": SPENT,
    "test_calls_for_long": "the budget was spent in a call that takes long: ",
}


def test_what_is_long_is_not_endless(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, LENGTHY, seconds=SECONDS)
    for test, reason in LENGTHY.items():
        assert reason in reasons_of(found[test]), test


STANDING_STILL = (
    "test_main_waits_for_a_file",
    "test_thread_waits_for_a_file",
    "test_both_wait_for_a_file",
)


def test_standstills_are_named_and_the_next_test_goes_on(any_interpreter: Interpreter) -> None:
    after = ("test_nothing_is_left_set", "test_fails_after_them")
    found = answers(any_interpreter, [*STANDING_STILL, *after], seconds=SECONDS)
    for test in STANDING_STILL:
        assert BLOCKED in reasons_of(found[test]), test
        assert "endings.py:" in reasons_of(found[test]), test
    for test, verdict in zip(after, ("proven", "found"), strict=True):
        # They share the few seconds of those that stand still, which a busy machine may use up.
        is_over = "the budget was spent" in "; ".join(found[test]["reasons"])
        assert found[test]["verdict"] == verdict or is_over, found[test]


WAITING = {
    "test_main_reads_a_pipe": "proven",
    "test_thread_reads_a_pipe": "proven",
    "test_both_stay_blocked": "found",
    "test_sockets": "proven",
}
OF_ASYNCIO = ("test_asyncio_in_a_thread", "test_asyncio_in_an_executor")


def test_waiting_for_pipes_and_sockets_is_explored(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, WAITING)  # which takes long where the machine is busy
    assert {test: found[test]["verdict"] for test in WAITING} == WAITING, found
    assert found["test_both_stay_blocked"]["kind"] == "deadlock"
    found = answers(any_interpreter, OF_ASYNCIO, seconds=SECONDS)
    for test in OF_ASYNCIO:
        assert found[test]["verdict"] != "found"
        assert BLOCKED not in "; ".join(found[test]["reasons"])


def test_what_is_given_up_waits_for_nothing(any_interpreter: Interpreter) -> None:
    test = "test_a_generator_takes_a_lock_when_given_up"
    answer = answers(any_interpreter, [test])[test]
    assert "starts a process" in reasons_of(answer)
    assert answer["executions"] > 1  # it did not stand still in the first one


def test_threads_that_were_ended_have_no_lock(any_interpreter: Interpreter) -> None:
    proven = ("test_the_ended_keep_no_lock", "test_the_ended_leave_the_tests_lock_alone")
    found = answers(any_interpreter, ["test_gives_up_while_another_waits", *proven])
    assert "starts a process" in reasons_of(found["test_gives_up_while_another_waits"])
    assert {found[test]["verdict"] for test in proven} == {"proven"}, found


def test_threads_that_catch_their_end_are_ended(any_interpreter: Interpreter) -> None:
    after = ("test_nothing_is_left_set", "test_fails_after_them")
    found = answers(any_interpreter, ["test_swallows_its_end", *after], seconds=SECONDS)
    assert SPENT in reasons_of(found["test_swallows_its_end"])
    for test, verdict in zip(after, ("proven", "found"), strict=True):
        assert found[test]["verdict"] == verdict, found[test]


PROVEN = (
    "test_one_thread_is_long",
    "test_sleep_takes_its_time",
    "test_import_was_before",
    "test_computing_takes_time",
    "test_clocks_agree",
    "test_times_handed_on_grow",
    "test_waits_until_a_time",
)
LOOKED_FIRST = "which of them looked at the clock first"


def test_clocks_go_on(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, PROVEN)
    assert {test: answer["reasons"] for test, answer in found.items() if answer["reasons"]} == {}
    assert {answer["verdict"] for answer in found.values()} == {"proven"}
    both_look = {
        test
        for test, answer in found.items()
        if any(LOOKED_FIRST in each for each in answer["assumptions"])
    }
    # Of the other one that looks in two threads, each order of looks was tried.
    assert both_look == {"test_waits_until_a_time"}


def test_a_timeout_that_never_ends_is_told(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, ["test_waits_long_enough"])["test_waits_long_enough"]
    assert found["verdict"] == "proven"
    assert any("timeouts end only when" in each for each in found["assumptions"]), found


def test_one_thread_has_one_order(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, ["test_alone", "test_alone_fails"])
    alone = found["test_alone"]
    assert (alone["verdict"], alone["threads"]) == ("proven", 1)
    assert "the test starts no thread; nothing to explore" in alone["assumptions"]
    failing = found["test_alone_fails"]
    assert (failing["verdict"], failing["switches"]) == ("found", 0)


UNEXPLORED = {
    "test_async": "async tests are run once, not explored",
    "test_generator": "tests that are generators are run once, not explored",
    "test_makes_a_coroutine": "the test created a coroutine that nobody runs",
}


def test_what_is_no_plain_function_is_not_proven(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, [*UNEXPLORED, "test_async_fails"])
    for test, reason in UNEXPLORED.items():
        assert reason in reasons_of(found[test]), test
    failing = found["test_async_fails"]
    assert (failing["verdict"], failing["explored"]) == ("found", False)


def test_random_bytes_are_the_same_each_time(any_interpreter: Interpreter) -> None:
    found = answers(any_interpreter, ["test_random_names"])["test_random_names"]
    assert not any("not repeatable" in each for each in found["reasons"]), found
    assert any("random bytes" in each for each in found["assumptions"]), found


def test_what_went_differently_is_named(any_interpreter: Interpreter) -> None:
    reasons = reasons_of(answers(any_interpreter, ["test_address_as_key"])["test_address_as_key"])
    assert "went on differently: " in reasons
    assert "`write kept[" in reasons
    assert "(test_address_as_key.<locals>.remember)" in reasons


def test_what_the_garbage_collector_runs_is_named(any_interpreter: Interpreter) -> None:
    test = "test_garbage_takes_a_lock_that_is_held"
    reasons = reasons_of(answers(any_interpreter, [test])[test])
    assert "the garbage collector may run Node.__del__ at any moment" in reasons


def test_generators_that_do_nothing_at_their_end_are_no_reason(
    any_interpreter: Interpreter,
) -> None:
    tests = ("test_plain_generator_is_garbage", "test_careful_generator_is_garbage")
    found = answers(any_interpreter, tests)
    assert found[tests[0]]["verdict"] == "proven", found[tests[0]]
    assert "may run careful_generator at any moment" in reasons_of(found[tests[1]])


def test_who_forgets_a_thread_is_no_reason(any_interpreter: Interpreter) -> None:
    test = "test_a_thread_is_garbage"
    found = answers(any_interpreter, [test])
    assert found[test]["verdict"] == "proven", found[test]


def test_tasks_that_are_done_are_no_reason(any_interpreter: Interpreter) -> None:
    done = "test_asyncio_leaves_tasks_that_are_done"
    lost = ("test_asyncio_finds_a_lost_task", "test_asyncio_loses_a_task")
    found = answers(any_interpreter, (done, *lost))
    assert not any("garbage collector" in each for each in found[done]["reasons"]), found[done]
    for test in lost:
        assert found[test]["verdict"] == "not proven", found[test]


DROPPED = (
    "test_a_daemon_has_dropped_a_cycle",
    "test_others_drop_a_cycle_beside_a_daemon",
    "test_a_daemon_drops_a_cycle_that_it_had",
)


def test_what_a_daemon_keeps_is_no_garbage(any_interpreter: Interpreter) -> None:
    kept = "test_a_daemon_keeps_a_cycle"
    found = answers(any_interpreter, (kept, *DROPPED))
    assert found[kept]["verdict"] == "proven", found[kept]
    for test in DROPPED:
        reasons = reasons_of(found[test])
        assert "the garbage collector may run Node.__del__ at any moment" in reasons, test


ELSEWHERE = """
import os, sys, threading
sys.path.insert(0, sys.argv[1])
import endings, gilscope
def explore():
    gilscope.explore(endings.test_main_waits_for_a_file, seconds=1.0).result
thread = threading.Thread(target=explore)
thread.start()
thread.join()
"""


def test_only_the_main_thread_can_be_ended(any_interpreter: Interpreter) -> None:
    """Elsewhere it is said why nothing happens any more."""
    command: list[str | Path] = [any_interpreter.python, "-c", ELSEWHERE, FOLDER]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=clean_environment()
    ) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        process.kill()
    assert "the test does not go on: tests/programs/explored/endings.py:" in said
    assert "only in the main thread can it be ended" in said


FILE = """
import fcntl
import os
import threading


def test_stands_still():
    mine, others = (os.open(__file__, os.O_RDONLY) for _ in range(2))
    fcntl.flock(mine, fcntl.LOCK_EX)
    thread = threading.Thread(target=fcntl.flock, args=(mine, fcntl.LOCK_UN))
    thread.start()
    fcntl.flock(others, fcntl.LOCK_EX)
    thread.join()


def test_goes_on():
    threads = [threading.Thread(target=int) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def test_async():
    pass
"""


def run(python: str | Path, *words: str | Path, folder: Path = ROOT) -> Done:
    """Run a module of an interpreter in a folder, to its end."""
    return subprocess.run(
        [python, "-m", *words],
        cwd=folder,
        env={**clean_environment(), "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_code_that_is_made_anew_each_time(any_interpreter: Interpreter) -> None:
    """What an exploration knows of a code object outlives it."""
    done = run(any_interpreter.python, "gilscope", "explore", PROGRAMS / "made_anew.py", "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["verdict"] == "found"


def test_the_other_tests_of_a_file_are_explored(tmp_path: Path) -> None:
    (tmp_path / "standing.py").write_text(FILE)
    words = ["gilscope", "explore", "standing.py", "--seconds", "1"]
    done = run(sys.executable, *words, folder=tmp_path)
    assert done.returncode == 3, done.stderr
    assert f"{BLOCKED}standing.py:12" in done.stdout
    assert done.stdout.splitlines()[-1] == "3 tests: 1 proven, 2 not proven"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--explore"], ["--explore", "-p", "no:cacheprovider"]])
def test_pytest_goes_on_with_the_next_test(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_standing.py").write_text(FILE)
    words = ["pytest", "-p", "no:timeout", "--explore-seconds=1", "-k", "not async", *arguments]
    done = run(sys.executable, *words, folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert f"{BLOCKED}test_standing.py:12" in done.stdout
    assert "proven      test_standing.py::test_goes_on" in done.stdout
    assert "2 passed" in done.stdout
