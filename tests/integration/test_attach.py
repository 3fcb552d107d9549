"""Recording a process that is running already, and leaving it as it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gilscope
from gilscope.analysis import analyze
from gilscope.record.attach.target import status_of
from gilscope.report.gil.verdicts import notes
from support.attaching import (
    Attached,
    attach,
    await_,
    kill,
    leftovers,
    start_attaching,
)
from support.invariants import check_trace

if TYPE_CHECKING:
    from gilscope.trace import Trace
    from support.recording import Runner

EDGE_NS = 30_000_000  # what was going on when it began, or ended, is cut


def test_waits_agree_with_the_program(runner: Runner, beat_library: Path, tmp_path: Path) -> None:
    trace_path = tmp_path / "x.gil"
    with Attached.start(runner, "attached.py", beat_library) as program:
        done = attach(program.pid, "--seconds", 1.5, "-o", trace_path, "--no-report")
        assert done.returncode == 0, done.stderr
        waits = program.ask("waits")["waits"]
    trace = gilscope.load(trace_path)
    check_trace(trace)
    assert (trace.meta.began, trace.meta.end_reason) == ("attach", "stopped")
    assert any(note.startswith("it was attached to") for note in notes(analyze(trace)))
    begin_ns = trace.meta.start_monotonic_ns + EDGE_NS
    end_ns = trace.meta.start_monotonic_ns + trace.end_ns - EDGE_NS
    own = [(asked, got) for asked, got in waits if asked > begin_ns and got < end_ns]
    assert len(own) > 20
    recorded = waits_of(trace, "heart", own[0][0], own[-1][1])
    assert recorded == pytest.approx(sum(got - asked for asked, got in own), rel=0.01)


def waits_of(trace: Trace, name: str, begin_ns: int, end_ns: int) -> float:
    """Sum of the waits of a thread between these moments of CLOCK_MONOTONIC."""
    start_ns = trace.meta.start_monotonic_ns
    (thread,) = (each.thread for each in trace.threads.values() if each.name == name)
    rows = trace.holds()
    acquired_ns = rows["acquire_ns"].astype("int64") + start_ns
    mine = (rows["thread"] == thread) & (acquired_ns > begin_ns) & (acquired_ns <= end_ns + 100_000)
    return float((rows["acquire_ns"][mine] - rows["request_ns"][mine]).sum())


def test_leaves_it_as_it_was(any_runner: Runner, beat_library: Path, tmp_path: Path) -> None:
    """Again and again: what the first time brings, the recorder's code, is used by the next."""
    trace_path = tmp_path / "x.gil"
    with Attached.start(any_runner, "attached.py", beat_library) as program:
        state, looks = program.ask("state"), [program.looks()]
        for _ in range(3):
            done = attach(program.pid, "--seconds", 0.2, "-o", trace_path, "--force", "--no-report")
            assert done.returncode == 0, done.stderr
            program.await_left()
            looks.append(program.looks())
            assert program.ask("state") == state
    assert not leftovers(program.pid)
    for each in looks[1:]:
        assert (each.threads, each.descriptors) == (looks[0].threads, looks[0].descriptors)
        assert each.imports == looks[0].imports
    added = set(looks[1].maps) - set(looks[0].maps)
    assert all("_recorder" in line or line.endswith(" 0 ") or " 00:00 0" in line for line in added)
    assert len(looks[3].maps) <= len(looks[1].maps)


def test_killed_in_between(any_runner: Runner, beat_library: Path, tmp_path: Path) -> None:
    trace_path = tmp_path / "x.gil"
    with Attached.start(any_runner, "attached.py", beat_library) as program:
        looks = program.looks()
        kill(start_attaching(program.pid, "-o", trace_path))
        program.await_left()
        await_(lambda: program.looks().imports == looks.imports and not leftovers(program.pid))
        assert program.looks().threads == looks.threads
        done = attach(program.pid, "--seconds", 0.2, "-o", tmp_path / "y.gil", "--no-report")
        assert done.returncode == 0, done.stderr
    await_(lambda: gilscope.load(trace_path).meta.end_reason == "stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_by_a_signal(
    runner: Runner, beat_library: Path, tmp_path: Path, number: signal.Signals
) -> None:
    trace_path = tmp_path / "x.gil"
    with Attached.start(runner, "attached.py", beat_library) as program:
        process = start_attaching(program.pid, "-o", trace_path)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert "attached.py · Python" in said
        assert program.ask("state")


def test_the_process_ends_meanwhile(runner: Runner, beat_library: Path, tmp_path: Path) -> None:
    trace_path = tmp_path / "x.gil"
    with Attached.start(runner, "attached.py", beat_library) as program:
        process = start_attaching(program.pid, "-o", trace_path, "--no-report")
        stdin = program.running.process.stdin
        assert stdin is not None
        stdin.write("end\n")
        stdin.flush()
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
    assert gilscope.load(trace_path).meta.end_reason == "exit"


def refused(pid: int, tmp_path: Path) -> str:
    """What is said, without a traceback; and no file is left."""
    done = attach(pid, "-o", tmp_path / "no.gil", "--wait", 0.5)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "no.gil").exists()
    assert not leftovers(pid)
    return done.stderr


def test_no_python_and_no_process(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            assert "does not run CPython" in refused(process.pid, tmp_path)
        finally:
            process.kill()
    assert "there is no process" in refused(process.pid, tmp_path)


def test_stopped(runner: Runner, beat_library: Path, tmp_path: Path) -> None:
    with Attached.start(runner, "attached.py", beat_library) as program:
        os.kill(program.pid, signal.SIGSTOP)
        await_(lambda: status_of(program.pid)["State"].startswith("T"))
        assert f"kill -CONT {program.pid}" in refused(program.pid, tmp_path)
        os.kill(program.pid, signal.SIGCONT)
        assert program.ask("state")


def test_blocked_in_c(any_runner: Runner, tmp_path: Path) -> None:
    """The request is taken back: nothing begins when the call has ended."""
    with Attached.start(any_runner, "blocked.py") as program:
        looks = program.looks()
        assert "has run a line of Python" in refused(program.pid, tmp_path).replace(
            "has not run", "has run"
        )
        program.wake()
        assert program.ask("state") == {"is_well": True}
        assert not any("_recorder" in line for line in program.looks().maps)
        assert program.looks().imports == looks.imports


@pytest.mark.parametrize("seconds", [0.2, 2])
def test_whoever_was_asked_in_vain_is_asked_no_more(
    any_runner: Runner, tmp_path: Path, seconds: float
) -> None:
    """The main thread and others wait in C, and go on when the recording is over."""
    if seconds > 1 and any_runner.interpreter.version < (3, 14):
        pytest.skip("whoever comes first has begun already: the others are not asked")
    with Attached.start(any_runner, "attached_waiting.py") as program:
        done = attach(program.pid, "--seconds", seconds, "--no-report", "-o", tmp_path / "x.gil")
        can_begin = any_runner.interpreter.version >= (3, 12)  # in 3.11 only the main thread can
        assert done.returncode == (0 if can_begin else 2), done.stderr
        time.sleep(0.2)
        process = program.running.process
        output, said = process.communicate("\n", timeout=30)
        assert json.loads(output) == {"is_well": True}
        assert said == ""
        assert process.returncode == 0
        assert not leftovers(program.pid)


def test_remote_debugging_disabled(runner: Runner, beat_library: Path, tmp_path: Path) -> None:
    if runner.interpreter.version < (3, 14):
        pytest.skip("there is no such switch")
    environment = {**runner.interpreter.environment, "PYTHON_DISABLE_REMOTE_DEBUG": "1"}
    runner = replace(runner, interpreter=replace(runner.interpreter, environment=environment))
    with Attached.start(runner, "attached.py", beat_library) as program:
        assert "PYTHON_DISABLE_REMOTE_DEBUG" in refused(program.pid, tmp_path)


def test_recorded_already(runner: Runner, beat_library: Path, tmp_path: Path) -> None:
    command = [*runner.launcher(tmp_path / "run.gil"), "--"]
    words = runner.command("attached.py", beat_library)
    running = runner.start([*command, *words], stdin=subprocess.PIPE)
    try:
        pid = running.wait_ready()
        assert "recorded already" in refused(pid, tmp_path)
    finally:
        running.kill()
        running.process.communicate()


def test_process_tree(runner: Runner, tmp_path: Path) -> None:
    trace_path = tmp_path / "x.gil"
    with Attached.start(runner, "attached_tree.py") as program:
        process = start_attaching(program.pid, "--children", "-o", trace_path, "--no-report")
        children = program.ask("fork")["pids"]
        await_(lambda: all(is_recorded(pid) for pid in children["before"]))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
        program.await_left()
    began = {each.meta.pid: each.meta.began for each in gilscope.load(trace_path).processes}
    assert began == {
        program.pid: "attach",
        **dict.fromkeys(children["before"], "attach"),
        **dict.fromkeys(children["after"], "fork"),
    }


def is_recorded(pid: int) -> bool:
    return b"memfd:gilscope" in Path(f"/proc/{pid}/maps").read_bytes()


def test_only_one_at_a_time(runner: Runner, beat_library: Path, tmp_path: Path) -> None:
    with Attached.start(runner, "attached.py", beat_library) as program:
        first = start_attaching(program.pid, "-o", tmp_path / "x.gil", "--no-report")
        second = attach(program.pid, "-o", tmp_path / "y.gil")
        assert second.returncode == 2
        assert "recorded already" in second.stderr
        assert not (tmp_path / "y.gil").exists()
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=30)
        assert first.returncode == 0
