"""Budgets of real programs, which keep the GIL for a known time: exit status and reasons."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.interpreters import clean_environment
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter

KEEPS = str(PROGRAMS / "keeps.py")
# Three calls of 100 ms: a waiter waits for each, but for the 0.2 ms that it sleeps, and no longer
# than the run lasts.
EXCEEDED = "gil.wait_s > 200ms"
KEPT = "gil.wait_s > wall_s"


def run(
    runner: Runner, *words: str, program: tuple[str, ...] = (KEEPS,), shell: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gilscope", "run", "--no-report", *words, "--"]
    command += [str(runner.interpreter.python), *program]
    return subprocess.run(
        ["bash", "-c", f'"$@" {shell}', "bash", *command],
        cwd=runner.folder,
        env={**clean_environment(), **runner.interpreter.environment, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def report(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gilscope", "report", *words],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_exceeded_and_kept(runner: Runner) -> None:
    done = run(runner, "--fail-if", EXCEEDED, "--fail-if", KEPT, "-o", "x.gil")
    assert done.returncode == 4, done.stderr
    assert f"Budget exceeded: {EXCEEDED}" in done.stderr
    assert "keep keeps.py:" in done.stderr
    assert f"Budget kept: {KEPT}" in done.stderr
    truth = json.loads(done.stdout)
    again = report(runner.folder, "x.gil", "--json", "--fail-if", EXCEEDED)
    assert again.returncode == 4
    found: dict[str, Any] = json.loads(again.stdout)
    (condition,) = found["budget"]["conditions"]
    (figure,) = condition["found"]
    assert figure["value"] == found["gil"]["wait_s"]
    assert sum(truth["durations"]) * 0.9 < figure["value"] < found["wall_s"]
    assert condition["causes"][0]["function"] == "keep"
    assert abs(condition["causes"][0]["line"] - truth["line"]) <= 1
    assert report(runner.folder, "x.gil", "--fail-if", KEPT).returncode == 0
    assert report(runner.folder, "x.gil", "--fail-if", "max(stalls.stall_s) > 50ms").returncode == 4
    assert report(runner.folder, "x.gil", "--fail-if", "stall_count != 3").returncode == 0
    assert report(runner.folder, "x.gil", "--fail-if", "without_gil.wait_s > 1s").returncode == 5


def test_the_programs_own_failure_comes_first(runner: Runner) -> None:
    assert run(runner, "--fail-if", EXCEEDED, program=(KEEPS, "7")).returncode == 7
    kills_itself = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    done = run(runner, "--fail-if", EXCEEDED, program=("-c", kills_itself))
    assert done.returncode in (-signal.SIGTERM, 128 + signal.SIGTERM)


def test_a_wrong_condition_runs_nothing(runner: Runner) -> None:
    touches = "open('ran', 'w').close()"
    for condition in ("gil.wait > 1", "gil.wait_s > 5%", "gil.wait_s >"):
        done = run(runner, "--fail-if", condition, program=("-c", touches))
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) <= 2
        assert not (runner.folder / "ran").exists()


def test_without_a_gil_nobody_knows(free_threaded: Interpreter, tmp_path: Path) -> None:
    runner = Runner(free_threaded, tmp_path)
    done = run(runner, "--fail-if", "gil.wait_s > 1h", "-o", "x.gil")
    assert done.returncode == 5, done.stderr
    assert "the interpreter ran without a GIL" in " ".join(done.stderr.split())
    aware = "run.gil_enabled and gil.wait_s > 1h"
    assert report(tmp_path, "x.gil", "--fail-if", aware).returncode == 0
    assert report(tmp_path, "x.gil", "--fail-if", "wall_s > 0").returncode == 4


def one(interpreter: Interpreter) -> bool:
    return str(interpreter) == "3.11"


def test_what_was_not_recorded_is_not_passed(runner: Runner) -> None:
    if not one(runner.interpreter):
        pytest.skip("the same on each interpreter")
    for words, program in (
        (("-o", "missing/x.gil"), (KEEPS,)),
        ((), ("-S", "-c", "pass")),
        (("--sample-hz", "0"), ("-I", "-c", "pass")),
    ):
        done = run(runner, "--fail-if", "gil.wait_s > 1h", *words, program=program)
        assert done.returncode == 5, done.stderr
        assert "not passed" in done.stderr or "not known" in done.stderr


def test_nobody_has_to_listen(runner: Runner) -> None:
    """The exit status is the same where stderr is closed, full, or read no more."""
    if not one(runner.interpreter):
        pytest.skip("the same on each interpreter")
    for shell in ("2>&-", "2>/dev/full", "2> >(true)"):
        assert run(runner, "--fail-if", EXCEEDED, shell=shell).returncode == 4, shell
        assert run(runner, "--fail-if", KEPT, shell=shell).returncode == 0, shell


def test_what_is_lost_is_not_passed(runner: Runner) -> None:
    if not one(runner.interpreter):
        pytest.skip("the same on each interpreter")
    assert run(runner, "-o", "x.gil").returncode == 0
    whole = (runner.folder / "x.gil").read_bytes()
    (runner.folder / "cut.gil").write_bytes(whole[: whole.rindex(b"end_reason")])
    done = report(runner.folder, "cut.gil", "--fail-if", "gil.wait_s > 1h")
    assert done.returncode == 5, done.stdout
    assert report(runner.folder, "cut.gil", "--fail-if", "gil.wait_s > 1ms").returncode in (4, 5)
    assert report(runner.folder, "none.gil", "--fail-if", "gil.wait_s > 1h").returncode == 2
