"""Whatever becomes of the collector, the program runs, nobody waits for long, nothing is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.broken import COLLECTORS, HANGS, NOTHING_LEFT, package_with_collector, with_collector
from support.processes import collectors_of, state_of, wait_until

if TYPE_CHECKING:
    from support.recording import Recording, Runner

# --- the program records itself ------------------------------------------------------------------


def check(truth: dict[str, Any], *, error: str, trace: bool) -> None:
    assert error in truth.pop("error")
    assert truth == {**NOTHING_LEFT, "trace": trace}


@pytest.mark.parametrize("orphans", ["", "subreaper", "PID 1"])
@pytest.mark.parametrize(
    ("mode", "error", "trace"),
    [
        ("well", "", True),
        ("kill", "", True),
        ("stop", "interrupted", True),
        ("room", "GilscopeError: cannot ", False),
    ],
)
def test_record_leaves_nothing(
    runner: Runner, mode: str, error: str, *, trace: bool, orphans: str
) -> None:
    words = runner.command("record_alone.py", mode, runner.folder, orphans)
    if orphans == "PID 1":
        words = [*namespace(), *words]
    ended = runner.start(words).finish()
    assert ended.returncode == 0, ended.stderr
    check(ended.truth, error=error, trace=trace)
    said = {"kill": ["is not complete: its collector has ended early"]}.get(mode, [])
    lines = ended.stderr.splitlines()
    assert len(lines) == len(said)
    for line, words_said in zip(lines, said, strict=True):
        assert line.startswith("gilscope: ")
        assert words_said in line


def namespace() -> list[str]:
    command = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("no right to make a PID namespace")
    return command


@pytest.mark.parametrize("kind", COLLECTORS)
def test_record_with_a_collector_that_does_not_start(runner: Runner, kind: str) -> None:
    script, words = COLLECTORS[kind]
    env = with_collector(runner.interpreter, runner.folder / "package", script)
    ended = runner.plain("record_alone.py", "well", runner.folder, env=env)
    assert "gilscope-collector" in ended.truth["error"]
    check(ended.truth, error=words, trace=False)
    assert ended.stderr == ""


def test_record_with_a_collector_that_hangs_is_interrupted(runner: Runner) -> None:
    env = with_collector(runner.interpreter, runner.folder / "package", HANGS)
    ended = runner.plain("record_alone.py", "hang", runner.folder, env=env)
    check(ended.truth, error="interrupted", trace=False)


def test_record_does_not_wait_for_ever_for_its_collector(runner: Runner) -> None:
    if runner.interpreter.tag != "3.11":
        pytest.skip("takes ten seconds: once is enough")
    env = with_collector(runner.interpreter, runner.folder / "package", HANGS)
    ended = runner.plain("record_alone.py", "well", runner.folder, env=env)
    check(ended.truth, error="it did not start within 10 s", trace=False)


# --- gilscope run --------------------------------------------------------------------------------


def launched(runner: Runner, script: str | None) -> list[str]:
    """A launcher whose collector is broken, in an environment that shows the program nothing."""
    package = package_with_collector(sys.executable, runner.folder / "package", script)
    find = f"import runpy, sys; sys.path.insert(0, {str(package)!r}); "
    run = "sys.argv[0] = 'gilscope'; runpy.run_module('gilscope', run_name='__main__')"
    return [sys.executable, "-c", find + run, *runner.launcher(runner.folder / "t.gil")[3:]]


def runs_unrecorded(ended: Recording, words: str) -> None:
    assert ended.returncode == 3
    (line,) = ended.stderr.splitlines()
    assert line.startswith("gilscope: not recording: ")
    assert words in line
    assert "runs all the same" in line
    assert not ended.trace_path.exists()


@pytest.mark.parametrize("kind", COLLECTORS)
def test_run_with_a_collector_that_does_not_start(runner: Runner, kind: str) -> None:
    script, words = COLLECTORS[kind]
    command = [*launched(runner, script), "--", *runner.command("exits.py", "exit-3")]
    trace = runner.folder / "t.gil"
    runs_unrecorded(runner.start(command, trace_path=trace).finish(), words)
    assert runner.record("exits.py", "exit-3", expect=3).trace.hold_count() > 0


def test_run_does_not_wait_for_ever_for_its_collector(runner: Runner) -> None:
    if runner.interpreter.tag != "3.11":
        pytest.skip("takes ten seconds: once is enough")
    command = [*launched(runner, HANGS), "--", *runner.command("exits.py", "exit-3")]
    ended = runner.start(command, trace_path=runner.folder / "t.gil").finish()
    runs_unrecorded(ended, "its collector did not start within 10 s")


def test_run_with_a_collector_that_hangs_is_interrupted(runner: Runner) -> None:
    """The program begins at once, and the signal is its own."""
    command = [*launched(runner, HANGS), "--", *runner.command("exits.py", "exit-3")]
    running = runner.start(command, trace_path=runner.folder / "t.gil")
    try:
        pid = running.process.pid
        wait_until(lambda: "sleep" in children_names(pid))
        began = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        ended = running.finish()
    finally:
        running.kill()
    assert time.monotonic() - began < 9  # not the ten seconds
    assert ended.returncode == -signal.SIGTERM
    assert "interrupted before its collector had started" in ended.stderr
    assert not ended.trace_path.exists()


def children_names(parent: int) -> list[str]:
    from pathlib import Path

    try:
        text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        return [Path(f"/proc/{pid}/comm").read_text().strip() for pid in text.split()]
    except OSError:
        return []


@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL", "patience"])
def test_run_with_a_collector_that_is_stopped(runner: Runner, how: str) -> None:
    """A disk that hangs. Ctrl-C ends the wait, the program's exit status stays."""
    if how == "patience" and runner.interpreter.tag != "3.11":
        pytest.skip("takes ten seconds: once is enough")
    running = runner.start_recording("signals.py", "handled")
    try:
        program = running.wait_ready()
        (collector,) = collectors_of(running.process.pid)
        wait_until(lambda: running.trace_path.stat().st_size > 0)
        os.kill(collector, signal.SIGSTOP)
        os.kill(program, signal.SIGUSR1)
        wait_until(lambda: state_of(program) == "")
        while how == "SIGINT" and state_of(collector) != "":
            os.kill(running.process.pid, signal.SIGINT)  # until it has seen the program's end
            time.sleep(0.1)
        if how == "SIGKILL":
            os.kill(collector, signal.SIGKILL)
        ended = running.finish()
    finally:
        running.kill()
    assert ended.returncode == 5
    assert ended.stdout == "SIGUSR1\n"
    lines = ended.stderr.splitlines()
    assert all(line.startswith("gilscope: ") for line in lines)
    words = {"SIGINT": "interrupted", "SIGKILL": "ended early", "patience": "nothing for 10 s"}
    assert words[how] in lines[0]
    rest = "is saved" if how == "SIGKILL" else "the trace holds what it had written by then"
    assert rest in lines[0]
    assert state_of(collector) == ""
    assert ended.trace.hold_count() >= 0
