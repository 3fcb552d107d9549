"""A recorded program sees and shows what it would without gilscope."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.interpreters import clean_environment
from support.processes import wait_until, with_file_open
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def surroundings(stdout: str) -> Any:
    """What echo.py printed, without the numbers of pipes and the one variable that may be there."""
    told = json.loads(re.sub(r"(pipe|socket):\[\d+\]", r"\1", stdout))
    told["environment"].pop("GILSCOPE_DOOR", None)  # how processes join: docs/reference/cli.md
    return told


def run(command: Sequence[str], folder: Path, stdin: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**clean_environment(), "ÜMLAUT": "ß"},
        timeout=60,
        check=True,
    )


def test_interpreter_command_sees_the_same_surroundings(any_runner: Runner) -> None:
    command = any_runner.command("echo.py", "--flag", "a b", "-o", "ü", "--")
    launcher = any_runner.launcher(any_runner.folder / "t.gil")
    plain = run(command, any_runner.folder, "some\ninput")
    recorded = run([*launcher, "--", *command], any_runner.folder, "some\ninput")
    assert surroundings(recorded.stdout) == surroundings(plain.stdout)
    assert plain.stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        ["-X", "dev", "-W", "error", "echo.py", "-x"],
        ["-I", "echo.py"],
        ["-E", "-s", "echo.py"],
        ["-m", "echo", "-m", "x"],
        ["-c", "import runpy; runpy.run_path('echo.py')", "-c", "x"],
        ["-"],
    ],
    ids=" ".join,
)
def test_interpreter_options_keep_their_meaning(runner: Runner, words: list[str]) -> None:
    folder = runner.folder
    (folder / "echo.py").write_text((PROGRAMS / "echo.py").read_text())
    stdin = (PROGRAMS / "echo.py").read_text() if words == ["-"] else "input"
    command = runner.command(words)
    plain = run(command, folder, stdin)
    recorded = run([*runner.launcher(folder / "t.gil"), "--", *command], folder, stdin)
    assert surroundings(recorded.stdout) == surroundings(plain.stdout)


@pytest.mark.parametrize(
    "words",
    [["echo.py", "-o", "x", "--"], ["-m", "echo", "a"], ["-c", "import echo", "-x", "y"]],
    ids=" ".join,
)
def test_script_module_and_code_run_as_python_runs_them(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "echo.py").write_text((PROGRAMS / "echo.py").read_text())
    launcher = [sys.executable, "-m", "gilscope", "run", "-o", "t.gil", "--no-report"]
    plain = run([sys.executable, *words], tmp_path, "input")
    recorded = run([*launcher, *words], tmp_path, "input")
    assert surroundings(recorded.stdout) == surroundings(plain.stdout)
    assert (tmp_path / "t.gil").stat().st_size > 0


KINDS = [
    *("return", "exit-0", "exit-3", "exit-255", "exit-text", "_exit", "exception", "thread-exit"),
    *("abort", "SIGTERM", "SIGKILL", "SIGINT", "SIGHUP", "SIGSEGV"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_ends_as_the_program_ends(runner: Runner, kind: str) -> None:
    plain = runner.plain("exits.py", kind, expect=None)
    recorded = runner.record("exits.py", kind, expect=None)
    assert recorded.returncode == plain.returncode
    assert recorded.stdout == plain.stdout
    # After what the program said, tracebacks included, comes only the name of the trace.
    assert recorded.stderr.startswith(plain.stderr)
    said = recorded.stderr.removeprefix(plain.stderr)
    assert said.startswith("gilscope: trace "), said
    assert said.count("\n") == 1, said
    assert recorded.trace.hold_count() > 0


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("disposition", ["handled", "default"])
def test_signals_reach_the_program(runner: Runner, name: str, disposition: str) -> None:
    """Sent to gilscope alone, as `kill` and process managers do."""
    number = getattr(signal, name)
    running = runner.start_recording("signals.py", disposition)
    try:
        assert running.wait_ready() != running.process.pid
        os.kill(running.process.pid, number)
        recording = running.finish()
    finally:
        running.kill()
    if disposition == "handled":
        assert recording.stdout == f"{name}\n"
        assert recording.returncode == 5
    else:
        assert recording.returncode == -number
    assert recording.trace.hold_count() > 0


def test_ctrl_c_arrives_once(runner: Runner) -> None:
    """The terminal sends it to every process of the foreground group: nothing to pass on then."""
    terminal, slave = pty.openpty()
    trace = runner.folder / "t.gil"
    command = [*runner.launcher(trace), "--", *runner.command("signals.py", "handled")]
    # The shell's part: a session of its own whose controlling terminal is stdin.
    take_terminal = (
        "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    running = runner.start(
        [sys.executable, "-c", take_terminal, *command], stdin=slave, trace_path=trace
    )
    try:
        running.wait_ready()
        os.write(terminal, b"\x03")
        recording = running.finish()
    finally:
        running.kill()
        os.close(terminal)
        os.close(slave)
    assert recording.stdout == "SIGINT\n"
    assert recording.returncode == 5


def test_other_programs_find_nothing_of_gilscope(runner: Runner) -> None:
    """Exec replaces the program; its successor is not recorded, and finds no open file more."""
    plain = runner.plain("exec_other.py")
    recorded = runner.record("exec_other.py", options=["--no-children"])
    assert recorded.truth == plain.truth
    assert recorded.truth["leaked"] == []


def test_what_it_becomes_finds_the_documented_variable_only(runner: Runner) -> None:
    truth = runner.record("exec_other.py").truth
    plain = runner.plain("exec_other.py").truth
    assert truth.pop("leaked") == ["GILSCOPE_DOOR"]
    assert plain.pop("leaked") == []
    assert truth.pop("recorder")
    assert not plain.pop("recorder")
    assert truth == plain


def test_a_closed_stdin_stdout_and_stderr_stay_closed(runner: Runner) -> None:
    path = runner.folder / "seen"
    tell = "' '.join(sorted(os.listdir('/proc/self/fd')))"
    code = f"import os; open({str(path)!r}, 'w').write({tell})"
    command = [*runner.launcher(runner.folder / "t.gil"), "--", *runner.command(["-c", code])]
    shell = ["sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh"]
    subprocess.run([*shell, *runner.command(["-c", code])], env=clean_environment(), check=True)
    plain = path.read_text()
    subprocess.run(
        [*shell, *command], env=clean_environment(), check=True, cwd=runner.folder, timeout=60
    )
    assert path.read_text() == plain
    wait_until(lambda: not with_file_open(str(runner.folder)))


@pytest.mark.parametrize("arguments", [["-S", "-c"], ["-c"]], ids=["-S", "no gilscope"])
def test_says_at_once_when_it_cannot_record(runner: Runner, arguments: list[str]) -> None:
    """-S skips start hooks; another Python may have no gilscope. The program runs all the same."""
    python = runner.interpreter.python if arguments[0] == "-S" else runner.interpreter.base
    trace = runner.folder / "t.gil"
    command = [*runner.launcher(trace), "--", str(python), *arguments, "print(6 * 7)"]
    running = runner.start(command)
    recording = running.finish()
    assert recording.returncode == 0
    assert recording.stdout == "42\n"
    assert "gilscope: " in recording.stderr
    assert "record" in recording.stderr
    assert "Traceback" not in recording.stderr
