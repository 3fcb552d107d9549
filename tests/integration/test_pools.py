"""Pools of processes of real packages: every worker agrees with what it knows of itself."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import TYPE_CHECKING, Any

from gilscope.analysis import analyze_program
from support.packages import linked
from support.processes import left_of, wait_until
from support.recording import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

    from support.recording import Recording, Runner, Running

HOLDING_ERROR_S = 0.02  # as in test_processes.py
TASKS = 4
SUITE = """
import family
import pytest

@pytest.mark.parametrize("number", range(4))
def test_holds(number):
    family.contend()
    assert number != 2
"""


def folder_of(runner: Runner, name: str) -> Path:
    folder = runner.folder / name
    folder.mkdir()
    return folder


def variables(runner: Runner, folder: Path, *packages: str) -> dict[str, str]:
    links = runner.folder / "packages"
    if not links.exists():
        linked(links, *packages)
    return {"FAMILY": str(folder), "PYTHONPATH": f"{PROGRAMS}{os.pathsep}{links}"}


def check_workers(recording: Recording, folder: Path, program: str) -> None:
    """All are in the trace, and held and waited as they know; the worst is named with its line."""
    told = analyze_program(recording.trace)
    truths: list[dict[str, Any]] = [json.loads(each.read_text()) for each in folder.glob("*.json")]
    assert len(truths) == TASKS
    pids = {each["pid"] for each in truths}
    for pid in pids:
        worker = [each for each in told.processes if each.pid == pid][-1]
        held_s = sum(each["held_s"] for each in truths if each["pid"] == pid)
        assert worker.program == program
        assert worker.hold_s >= held_s
        assert worker.wait_s > held_s / 2 - HOLDING_ERROR_S
        assert worker.has_trouble
    assert told.focus.pid in pids
    worst = told.analysis.blame[0].line
    assert (worst.file, worst.function) == (str(PROGRAMS / "family.py"), "hold")


def test_celery_prefork(runner: Runner) -> None:
    words = ["-m", "celery", "-A", "celery_app", "worker", "-P", "prefork", "-c", "2"]
    words += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    folder = folder_of(runner, "family")
    env = variables(runner, folder, "celery")
    plain = work(runner, runner.start(runner.command(words), env=env), env)
    for each in folder.glob("*.json"):
        each.unlink()
    recording = work(runner, runner.start_recording(words, env=env), env)
    assert recording.returncode == plain.returncode == 0
    check_workers(recording, folder, "fork of -m celery")
    wait_until(lambda: not left_of(runner.folder))


def work(runner: Runner, worker: Running, env: dict[str, str]) -> Recording:
    """Let it answer some tasks, and stop it as a process manager does."""
    try:
        asked = runner.plain("celery_app.py", TASKS, env=env)
        assert asked.truth["squares"] == [number**2 for number in range(TASKS)]
        os.kill(worker.process.pid, signal.SIGTERM)
        return worker.finish()
    finally:
        worker.kill()


def test_pytest_xdist(runner: Runner) -> None:
    site = folder_of(runner, "site")
    (site / "pytest.ini").write_text("[pytest]\n")
    (site / "test_holding.py").write_text(SUITE)
    words = ["-m", "pytest", "-n", "2", "-p", "no:cacheprovider", str(site)]
    folders = [folder_of(runner, name) for name in ("plain", "family")]
    first, second = [variables(runner, each, "pytest", "pytest-xdist") for each in folders]
    plain = runner.plain(words, env=first, expect=1)
    recording = runner.record(words, env=second, expect=1)
    assert outcome(recording.stdout) == outcome(plain.stdout)
    assert outcome(plain.stdout)[-1] == "1 failed, 3 passed"
    check_workers(recording, folders[1], "-c")
    wait_until(lambda: not left_of(runner.folder))


def outcome(stdout: str) -> list[str]:
    """The tests that failed, and how many there were of each kind; no order, no times."""
    failed = re.findall(r"^FAILED (\S+)", stdout, re.MULTILINE)
    [summary] = re.findall(r"^=+ (\d.*) in .* =+$", stdout, re.MULTILINE)
    return [*sorted(failed), summary]
