"""The start hook of every interpreter: it touches only what is certain to be gilscope's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from support.interpreters import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from support.recording import Runner

# What stands behind the descriptor that the variable names, and what the program sees of it.
TELL = """
import os, sys
fd = int(sys.argv[1])
try:
    print("open", os.fstat(fd).st_ino == int(sys.argv[2]), os.fstat(fd).st_size)
except OSError as error:
    print(error)
import gilscope._recorder
print("recording", gilscope._recorder.is_recording())
"""
BEHIND = ["empty file", "file", "pipe", "memory", "sealed memory", "arena", "other arena"]


def make(kind: str, folder: Path) -> tuple[int, str]:
    """A descriptor and what the variable could say of it."""
    from gilscope import _recorder

    if kind == "pipe":
        reader, writer = os.pipe()
        os.write(writer, b"hello")
        os.close(writer)
        return reader, f"{reader}"
    if kind.endswith("arena"):
        fd = _recorder.create_arena(0.0, 0)
        name = _recorder.variable(fd)
        if kind == "other arena":  # not the one that the variable describes
            number, inode, made = name.split(":")
            return fd, f"{number}:{int(inode) + 1}:{made}"
        os.pwrite(
            fd, bytes([4]), 192
        )  # whatever is in it: the rest of this test is the crafted one
        return fd, f"{fd}"
    if kind.endswith("memory"):
        fd = os.memfd_create("program's own", os.MFD_ALLOW_SEALING)
        os.write(fd, bytes(300 << 20) if kind == "sealed memory" else b"x")
        if kind == "sealed memory":
            import fcntl

            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        return fd, f"{fd}:{os.fstat(fd).st_ino}:0"
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(b"" if kind == "empty file" else b"data\n" * 1000)
    fd = os.open(file.name, os.O_RDWR)
    return fd, f"{fd}"


@pytest.mark.parametrize("options", [[], ["-I"], ["-E"]], ids=" ".join)
@pytest.mark.parametrize("kind", BEHIND)
def test_a_variable_that_names_somebody_elses_descriptor(
    any_runner: Runner, kind: str, options: list[str]
) -> None:
    fd, value = make(kind, any_runner.folder)
    status = os.fstat(fd)
    try:
        done = subprocess.run(
            any_runner.command([*options, "-c", TELL, str(fd), str(status.st_ino)]),
            env={**clean_environment(), "GILSCOPE_ARENA": value},
            pass_fds=[fd],
            capture_output=True,
            text=True,
            check=False,
        )
        same = os.fstat(fd)
    finally:
        os.close(fd)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [f"open True {status.st_size}", "recording False"]
    assert done.stderr == ""
    assert same.st_mtime_ns == status.st_mtime_ns


NONSENSE = [
    *("", "x", "0", "2", "3", "4", "99", "9" * 30, "-1", "7 ", " 7", "3:", "3::", "::", "3:1:1"),
    *(
        "1:2:3",
        "0:0:0",
        "\udcff",
        "3:é:1",
        "%s%n",
        ":" * 100,
        "-3:1:1",
        "+3:1:1",
        "3:1:1" + "1" * 99,
    ),
]


@pytest.mark.parametrize("value", NONSENSE, ids=ascii)
def test_a_variable_that_says_nothing(any_runner: Runner, value: str) -> None:
    done = subprocess.run(
        any_runner.command(["-c", "import os; print('GILSCOPE_ARENA' in os.environ)"]),
        env={**clean_environment(), "GILSCOPE_ARENA": value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "False\n")


@pytest.mark.parametrize("options", ["-I", "-E", "-IBu", "-S"])
def test_an_option_that_hides_the_variable_is_named(runner: Runner, options: str) -> None:
    """`-I` and `-E` mean that the environment does not count: that holds for gilscope, too."""
    tell = "import os; print(os.listdir('/proc/self/fd'), 'GILSCOPE_ARENA' in os.environ)"
    plain = runner.plain([options, "-c", tell])
    recorded = runner.record([options, "-c", tell])
    assert recorded.stdout == plain.stdout
    (line,) = recorded.stderr.splitlines()
    assert line.startswith(f"gilscope: not recording: the option -{options[1]} ")
    assert not recorded.trace_path.exists()


WARNINGS = [
    {"PYTHONDEVMODE": "1"},
    {"PYTHONWARNINGS": "error"},
    {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"},
    {"PYTHONWARNINGS": "always", "PYTHONWARNDEFAULTENCODING": "1", "PYTHONTRACEMALLOC": "5"},
]


@pytest.mark.parametrize("env", WARNINGS, ids=" ".join)
@pytest.mark.parametrize("report", [True, False])
def test_no_warning_of_gilscopes_own(
    any_runner: Runner, env: dict[str, str], *, report: bool
) -> None:
    """In the launcher, which reads the same variables, in the hook, and in the report."""
    # Without a report, the launcher of the same Python: each version warns of something else.
    python = sys.executable if report else str(any_runner.interpreter.python)
    launcher = [python, "-m", "gilscope", "run", "-o", "t.gil", *["--no-report"][report:]]
    command = [*launcher, "--", *any_runner.command(["-c", "print(6 * 7)"])]
    ended = any_runner.start(command, env=env).finish()
    assert ended.returncode == 0
    assert ended.stdout == "42\n"
    for word in ("Warning", "Traceback", "no report"):
        assert word not in ended.stderr


@pytest.mark.parametrize("env", WARNINGS[:3], ids=" ".join)
def test_no_warning_of_record(runner: Runner, env: dict[str, str]) -> None:
    ended = runner.plain("api_record.py", "repeat", runner.folder, env=env)
    assert ended.stderr == ""
