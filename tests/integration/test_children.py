"""What processes that cannot be recorded have used is known, and no report speaks for them."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze
from gilscope.trace import load

if TYPE_CHECKING:
    from support.recording import Runner

TICKS_S = 0.05  # the kernel counts in hundredths, for each of several sums
AT_WORK = ("run", "grandchild", "still_there")


@pytest.mark.parametrize("how", AT_WORK)
def test_their_cpu_time_is_known(runner: Runner, how: str) -> None:
    recording = runner.record("starts_processes.py", how)
    analysis = recording.analysis
    assert analysis.run.children_cpu_s is not None
    assert recording.truth["children_cpu_s"] >= 0.5
    assert abs(analysis.run.children_cpu_s - recording.truth["children_cpu_s"]) < TICKS_S
    assert analysis.verdict.kind == "elsewhere", analysis.verdict
    assert "work was done by python -c, which was not recorded: it used" in recording.told.summary


def test_those_that_are_recorded_are_no_others(runner: Runner) -> None:
    recording = runner.record("starts_processes.py", "fork")
    assert recording.truth["children_cpu_s"] >= 0.5
    assert recording.analysis.run.children_cpu_s is not None
    assert recording.analysis.run.children_cpu_s < TICKS_S
    assert recording.analysis.run.recorded_cpu_s > 0.5
    assert recording.analysis.verdict.kind == "uncontended"


def test_those_that_are_not_to_be_recorded_are_others(runner: Runner) -> None:
    recording = runner.record("starts_processes.py", "fork", options=["--no-children"])
    assert len(recording.trace.processes) == 1
    assert recording.analysis.verdict.kind == "elsewhere"


def test_one_that_does_nothing_is_no_news(runner: Runner) -> None:
    recording = runner.record("starts_processes.py", "idle")
    analysis = recording.analysis
    assert analysis.run.children_cpu_s is not None
    assert analysis.run.children_cpu_s < TICKS_S
    assert analysis.verdict.kind == "uncontended"
    assert not analysis.verdict.facts.others_work


def test_what_ran_before_is_not_counted(runner: Runner) -> None:
    """A shell that had started others becomes the program."""
    burn = shlex.join([sys.executable, "-S", "-c", "for i in range(10_000_000): pass"])
    program = shlex.join(runner.command("starts_processes.py", "idle"))
    trace = runner.folder / "after.gil"
    command = [*runner.launcher(trace), "--", "sh", "-c", f"{burn}; exec {program}"]
    recording = runner.start(command, trace_path=trace).finish(60)
    assert recording.returncode == 0, recording.stderr
    assert recording.truth["children_cpu_s"] > 2 * TICKS_S  # the kernel counts them to the program
    assert recording.analysis.run.children_cpu_s is not None
    assert recording.analysis.run.children_cpu_s < TICKS_S


def test_those_of_a_block_are_counted(runner: Runner) -> None:
    program = runner.command("starts_processes.py")[-1]
    code = (
        "import os, runpy, sys, gilscope\n"
        f"sys.path.insert(0, os.path.dirname({program!r}))\n"
        "sys.argv = ['', 'run']\n"
        f"runpy.run_path({program!r})\n"
        "with gilscope.record('block.gil'):\n"
        f"    runpy.run_path({program!r})\n"
    )
    stdout = runner.plain(["-c", code]).stdout
    before, after = (json.loads(each)["children_cpu_s"] for each in stdout.splitlines())
    run = analyze(load(runner.folder / "block.gil")).run
    assert run.children_cpu_s is not None
    assert abs(run.children_cpu_s - (after - before)) < TICKS_S
    assert run.exit_status is None


@pytest.mark.parametrize(("code", "status"), [("raise SystemExit(3)", 3), ("import nosuch", 1)])
def test_a_program_that_fails_at_once_is_not_judged(runner: Runner, code: str, status: int) -> None:
    recording = runner.record(["-c", code], expect=None)
    analysis = recording.analysis
    assert analysis.run.exit_status == status
    assert analysis.verdict.kind == "failed"
    assert f"it ended with status {status} after " in recording.told.summary


def test_the_signal_that_ended_it_is_named(runner: Runner) -> None:
    recording = runner.record(["-c", "import os; os.kill(os.getpid(), 9)"], expect=None)
    assert recording.analysis.run.exit_status == -9
    assert "ended by signal 9" in recording.told.summary
