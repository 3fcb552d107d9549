"""Every process that a program becomes or starts is in its trace, with its own holds and waits."""

from __future__ import annotations

import itertools
import json
import os
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.analysis import analyze_program
from gilscope.analysis.model import Reason, VerdictKind
from gilscope.trace import load
from support.invariants import check_trace
from support.processes import wait_until, with_file_open

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.analysis import Program
    from gilscope.trace import Trace
    from support.recording import Recording, Runner

# How they are started, how often, and how they begin.
WAYS = {
    "fork": (2, "fork"),
    "fork_in_thread": (2, "fork"),
    "fork_beside_threads": (2, "fork"),
    "pool_fork": (2, "fork"),
    "pool_spawn": (2, "spawn"),
    "pool_forkserver": (2, "fork"),
    "executor_fork": (2, "fork"),
    "executor_spawn": (2, "spawn"),
    "executor_forkserver": (2, "fork"),
    "run": (1, "spawn"),
    "copied_environment": (1, "spawn"),
    "own_environment": (2, "spawn"),
    "cleared_environment": (2, "spawn"),
    "spawn_cleared": (2, "spawn"),
    "execute_cleared": (1, "exec"),
    "preexec": (1, "exec"),
    "shell": (1, "spawn"),
    "grandchildren": (2, "fork"),
    "killed": (1, "fork"),
}
WITHOUT_VARIABLE = {"own_environment", "cleared_environment", "spawn_cleared", "execute_cleared"}
HOLDING_ERROR_S = 0.02  # beside what the program holds by sleeping, it computes a little
HOLDING_S = 1.0
BUSY_S = 0.5  # a machine that others use wakes it late


def family(runner: Runner, how: str, *options: str) -> Recording:
    folder = runner.folder / "family"
    folder.mkdir()
    return runner.record("family.py", how, env={"FAMILY": str(folder)}, options=options)


def known(runner: Runner) -> list[dict[str, Any]]:
    return [json.loads(each.read_text()) for each in (runner.folder / "family").glob("*.json")]


def last_of_pid(trace: Trace, pid: int) -> Trace:
    return [each for each in trace.processes if each.meta.pid == pid][-1]


@pytest.mark.parametrize("how", WAYS)
def test_each_process_agrees_with_what_it_knows(runner: Runner, how: str) -> None:
    recording = family(runner, how)
    program = analyze_program(recording.trace)
    count, began = WAYS[how]
    truths = known(runner)
    may_be_one = how.startswith(("pool", "executor", "spawn"))  # if it is quick enough for both
    assert len({each["pid"] for each in truths}) in (count, 1 if may_be_one else count)
    for truth in truths:
        trace = last_of_pid(recording.trace, truth["pid"])
        check_trace(trace)
        assert truth["variables"] == ([] if how in WITHOUT_VARIABLE else ["GILSCOPE_DOOR"])
        assert trace.meta.parent_pid == truth["parent"]
        process = next(each for each in program.processes if each.process == trace.process)
        assert process.began == began
        shares = sum(each["held_s"] for each in truths if each["pid"] == truth["pid"])
        assert shares <= process.hold_s
        assert began != "fork" or process.hold_s < shares + BUSY_S  # others import modules before
        # Two threads take turns: while one holds, the other waits, but in its last turn, and unless
        # a busy machine lets it come late.
        assert process.wait_s > shares / 4 - HOLDING_ERROR_S
        assert process.has_trouble
    assert program.focus.has_trouble
    assert program.focus.pid in {each["pid"] for each in truths}


SHOWS_ENVIRONMENTS = """
import os, subprocess, sys
shows = "import os; print(sorted(os.environ))"
for options in ([], ["-I"], ["-S"], ["-E"], ["-X", "dev", "-I"]):
    print(options, flush=True)
    subprocess.run([sys.executable, *options, "-c", shows], env={"A": "1"}, check=True)
subprocess.run(["/usr/bin/env"], env={"A": "1"}, check=True)
os.environ.clear()
subprocess.run(["/usr/bin/env"], check=True)
pid = os.posix_spawn(sys.executable, [sys.executable, "-c", shows], {"B": "2"})
os.waitpid(pid, 0)
os.execve(sys.executable, [sys.executable, "-c", shows], {"C": "3"})
"""


def test_programs_have_the_environment_that_they_are_given(runner: Runner) -> None:
    """Also where the variable that carries the recording on was added for the interpreter."""
    plain = runner.plain(["-c", SHOWS_ENVIRONMENTS])
    recording = runner.record(["-c", SHOWS_ENVIRONMENTS])
    assert recording.stdout == plain.stdout
    assert "GILSCOPE" not in recording.stdout
    began = Counter(each.meta.began for each in recording.trace.processes)
    assert began == {"launch": 1, "spawn": 3}


def test_how_processes_end_is_known(runner: Runner) -> None:
    ends = Counter(
        (each.meta.end_reason, each.meta.exit_status)
        for each in family(runner, "fork").trace.processes
    )
    assert ends == {("exit", 0): 1, ("exit", 3): 2}


def test_one_that_is_killed_loses_nothing(runner: Runner) -> None:
    trace = family(runner, "killed").trace.processes[1]
    assert trace.meta.end_reason == "killed"
    assert trace.finished
    assert not trace.warnings


def test_a_program_that_becomes_another_is_recorded_on(runner: Runner) -> None:
    recording = family(runner, "execute")
    before, after = recording.trace.processes
    assert before.meta.pid == after.meta.pid == recording.truth["pid"]
    assert before.meta.end_reason == "exec"
    program = analyze_program(recording.trace)
    assert [each.began for each in program.processes] == ["launch", "exec"]
    assert all(each.has_trouble for each in program.processes)
    assert program.processes[1].start_s >= program.processes[0].wall_s


def test_the_first_alone(runner: Runner) -> None:
    recording = family(runner, "fork", "--no-children")
    assert len(recording.trace.processes) == 1
    assert len(known(runner)) == 2


def test_one_that_outlives_the_program_is_recorded_to_its_end(runner: Runner) -> None:
    recording = family(runner, "daemon")
    wait_until(lambda: bool(known(runner)))  # it goes on computing when the program has ended
    [truth] = known(runner)
    wait_until(lambda: last_of_pid(load(recording.trace_path), truth["pid"]).hold_count() > 0)
    trace = last_of_pid(recording.trace, truth["pid"])
    assert trace.hold_count() > 0
    assert not trace.finished  # it still runs, and the report of the program does not wait for it
    process = analyze_program(recording.trace).processes[-1]
    assert (process.pid, process.end_reason) == (truth["pid"], "unfinished")
    (runner.folder / "family" / "end").touch()
    wait_until(lambda: last_of_pid(load(recording.trace_path), truth["pid"]).finished)
    wait_until(lambda: not with_file_open(str(runner.folder)))


def test_children_that_hold_the_gil_when_the_program_has_ended(runner: Runner) -> None:
    """What they do is known, or it is said that it is not yet."""
    running = runner.start_recording("still_holding.py", HOLDING_S)
    assert running.wait_ready() == 0
    (running.fifo.parent / "seen0").touch()
    recording = running.finish()
    pids = set(recording.truth["pids"].values())
    try:
        check_children_so_far(recording)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not with_file_open(str(runner.folder)))
    program = analyze_program(load(recording.trace_path))
    assert pids <= {each.pid for each in program.processes}
    assert all(each.hold_s >= HOLDING_S and each.cpu_s for each in program.processes[1:])
    assert not program.unrecorded


def check_children_so_far(recording: Recording) -> None:
    program = analyze_program(recording.trace)
    found = {each.pid: each for each in program.processes[1:]}
    not_yet = {each.pid: each for each in program.unrecorded}
    pids = recording.truth["pids"]
    assert not found.keys() & not_yet.keys()
    assert {*found, *not_yet} == {*pids.values()}
    assert {each.reason for each in not_yet.values()} <= {Reason.NOT_YET}
    assert pids["lets_go_first"] in found
    for each in found.values():
        assert (each.end_reason, each.is_unknown) == ("unfinished", False)
        assert each.hold_s >= HOLDING_S / 2
        assert each.cpu_s
    assert (program.analysis.verdict.kind is VerdictKind.ELSEWHERE) == bool(not_yet)


def test_many_processes_take_little_room(runner: Runner) -> None:
    recording = runner.record("many_processes.py", 50)
    trace = recording.trace
    assert len(trace.processes) == recording.truth["processes"]
    assert all(each.finished and not each.warnings for each in trace.processes)
    assert {each.meta.exit_status for each in trace.processes} == {0}
    assert trace.size_bytes < len(trace.processes) * 20_000
    wait_until(lambda: not with_file_open(str(runner.folder)))


def test_what_recorded_processes_did_is_not_said_to_be_others_work(runner: Runner) -> None:
    """The kernel counts their CPU time in ticks, and many small ones make a sum."""
    program = analyze_program(runner.record("short_pythons.py", 20).trace)
    assert len(program.processes) == 21
    first = program.processes[0].analysis
    assert first is not None
    assert not first.verdict.facts.others_work


@pytest.mark.accuracy
def test_twenty_processes_agree_with_their_own_clocks(runner: Runner, beat_library: Path) -> None:
    """In each a thread stamps when it asks for the GIL, and when it has it."""
    recording = runner.record("hearts.py", beat_library, 20, 1.5)
    measured = {each["pid"]: each for each in recording.truth["measured"]}
    assert len(measured) == 20
    for trace in recording.trace.processes[1:]:
        truth = measured.pop(trace.meta.pid)
        first_ns = truth["first_ns"] - trace.meta.start_monotonic_ns
        [heart] = [each.thread for each in trace.threads.values() if each.name == "heartbeat"]
        rows = trace.holds()  # whoever waits has a row for it
        rows = rows[(rows["thread"] == heart) & (rows["request_ns"] >= first_ns)]
        waited_s = int((rows["acquire_ns"] - rows["request_ns"]).sum()) / 1e9
        assert truth["waited_s"] > 0.1
        assert abs(waited_s - truth["waited_s"]) / truth["wall_s"] <= 0.01
    assert not measured


def test_times_of_processes_are_of_one_clock(runner: Runner) -> None:
    """The parent waits for each child: none begins before the last has ended."""
    program = analyze_program(runner.record("many_processes.py", 5).trace)
    after_one_another = program.processes[1:6]
    for before, after in itertools.pairwise(after_one_another):
        assert after.start_s >= before.start_s + before.wall_s - 0.001


def test_the_report_is_about_the_process_that_matters(runner: Runner, tmp_path: Path) -> None:
    recording = family(runner, "fork")
    text = report(runner, recording)
    assert "2 of 3 processes are held up by their GIL, most of all fork of family.py (pid " in text
    assert "2 x fork of family.py" in text
    told = json.loads(report(runner, recording, "--json"))
    assert {each["pid"] for each in known(runner)} >= {told["run"]["pid"]}
    assert [each["began"] for each in told["processes"]] == ["launch", "fork", "fork"]
    assert {row["pid"] for row in told["threads"]} == {told["run"]["pid"]}
    first = str(recording.truth["pid"])
    chosen = report(runner, recording, "--process", first)
    assert f"About family.py (pid {first}), one of 3 processes:" in chosen


def test_a_process_that_is_not_there_is_named(runner: Runner) -> None:
    recording = family(runner, "fork")
    trace = str(recording.trace_path)
    command = runner.launcher(recording.trace_path)[:3]
    done = runner.start([*command, "report", trace, "--process", "1"]).finish()
    assert done.returncode == 2
    assert "has no process 1" in done.stderr
    assert str(recording.truth["pid"]) in done.stderr


def report(runner: Runner, recording: Recording, *options: str) -> str:
    command = runner.launcher(recording.trace_path)[:3]
    words = [*command, "report", str(recording.trace_path), *options]
    done = runner.start(words, env={"COLUMNS": "120"}).finish()
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.replace("\u258c", " ").split())  # as it reads in lines of any width


def test_a_program_of_one_process_reads_as_before(runner: Runner) -> None:
    recording = runner.record(["-c", "import time; time.sleep(0.01)"])
    program: Program = analyze_program(recording.trace)
    assert len(program.processes) == 1
    assert "processes" not in report(runner, recording)
    assert time.time() > program.analysis.run.started_unix_s
