"""Commands that `gilscope explore` prints, run as they stand."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support.interpreters import ROOT, clean_environment

SCRIPTS = Path(sys.executable).parent
RACY = """\
import threading


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        self.value += 1


def together(work):
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_racy():
    counter = Counter()
    together(counter.add)
    assert counter.value == 2


def test_with_fixture(tmp_path):
    counter = Counter()
    together(counter.add)
    assert counter.value == 2


shared = Counter()


def works_on_shared():
    shared.value = 0
    together(shared.add)


def is_two():
    return shared.value == 2
"""
INCLUDING = """\
import threading

import packaging.version


def test_versions():
    work = lambda: packaging.version.Version("1.0")
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
AS_SCRIPT = "gilscope"
AS_MODULE = f"{shlex.quote(sys.executable)} -X utf8 -m gilscope"


class Shell:
    """What somebody types in a folder; `gilscope` and `pytest` are on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = f"{SCRIPTS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        self.environment = {**clean_environment(), "PATH": path, "COLUMNS": "80"}

    def type(self, command: str, folder: str = ".") -> tuple[int, str]:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder / folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        return done.returncode, done.stdout + done.stderr


def commands_in(out: str) -> list[str]:
    lines = out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("next: "))
    found = [lines[at].removeprefix("next: ")]
    for line in lines[at + 1 :]:
        if not line.startswith("      "):
            break
        found.append(line.strip())
    return found


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "tests of mine").mkdir()
    (tmp_path / "tests of mine" / "test_it.py").write_text(RACY)
    (tmp_path / "test_versions.py").write_text(INCLUDING)
    (tmp_path / "elsewhere").mkdir()
    return Shell(tmp_path)


@pytest.mark.parametrize("gilscope", [AS_SCRIPT, AS_MODULE], ids=["script", "module"])
def test_replay_and_regression_test(shell: Shell, gilscope: str) -> None:
    target = "'tests of mine/test_it.py::test_racy' --world free-threaded --executions 900"
    status, out = shell.type(f"{gilscope} explore {target}")
    assert status == 1, out
    replay, emit = commands_in(out)
    assert replay.startswith(f"{gilscope} explore ")
    status, out = shell.type(replay)
    assert status == 1, out
    assert "1 execution " in out
    assert "--world free-threaded --executions 900 --emit-test test_racy_again.py" in emit
    status, out = shell.type(emit)
    assert status == 1, out
    status, out = shell.type("pytest -q test_racy_again.py")
    assert status == 1, out
    assert "assert 1 == 2" in out
    _, out = shell.type(f"{gilscope} explore {target}")
    assert "--emit-test test_racy_again2.py" in commands_in(out)[1]


def test_options_of_executions_are_kept(shell: Shell) -> None:
    target = "'tests of mine/test_it.py:works_on_shared'"
    status, out = shell.type(f"gilscope explore {target} --invariant is_two --each-step --steps 99")
    assert status == 1, out
    for command in commands_in(out):
        assert "--invariant is_two --each-step --steps 99" in command
        assert shell.type(command)[0] == 1, command


def test_towards_a_proof(shell: Shell) -> None:
    status, out = shell.type("gilscope explore test_versions.py --world gil --executions 2")
    assert status == 3, out
    commands = commands_in(out)
    assert [command.partition("--world gil ")[2] for command in commands] == [
        "--executions 2 --include packaging",
        "--executions 20 --seconds 600",
        "--executions 2 --preemptions 2",
    ]
    for command in commands:
        status, out = shell.type(command)
        assert status in (0, 3), out


def test_what_needs_pytest(shell: Shell) -> None:
    status, out = shell.type("gilscope explore 'tests of mine/test_it.py' --quiet")
    assert status == 1, out
    assert out.splitlines()[-1] == "2 tests: 1 found, 1 not proven"
    (command,) = [each for each in out.splitlines() if "pytest --explore" in each]
    status, out = shell.type(command.partition("next: ")[2])
    assert status == 1, out
    assert "found       tests of mine/test_it.py::test_with_fixture  in free-threaded" in out


@pytest.mark.parametrize("folder", [".", "elsewhere", "tests of mine"])
def test_a_regression_test_runs_wherever_it_is(shell: Shell, folder: str) -> None:
    """And from whatever folder: the schedule is followed, not only the search that comes after."""
    target = "'tests of mine/test_it.py::test_racy'"
    status, out = shell.type(f"gilscope explore {target} --emit-test '{folder}/test_again.py'")
    assert status == 1, out
    first = 'explore(first="test_again.schedule.json"'
    test = shell.folder / folder / "test_again.py"
    assert first in test.read_text()
    for at in (".", folder):
        name = os.path.relpath(test, shell.folder / at)
        status, out = shell.type(f"pytest -q '{name}'", at)
        assert status == 1, out
        assert "assert 1 == 2" in out
        assert "test_racy_in_any_order  in free-threaded  1 execution\n" in out
    source = shell.folder / "tests of mine" / "test_it.py"
    source.write_text(
        RACY.replace("self.value += 1", "with self.lock: self.value += 1").replace(
            "self.value = 0", "self.value, self.lock = 0, threading.Lock()", 1
        )
    )
    status, out = shell.type("pytest -q test_again.py", folder)
    assert status == 0, out


def test_the_tutorial_from_an_empty_folder(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tutorial" / "find-a-race.md").read_text()
    (program,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert program == (ROOT / "examples" / "bank.py").read_text()
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "bank.py").write_text(program)
    shell = Shell(tmp_path)
    commands = re.findall(r"^\$ (.*)$", page, re.MULTILINE)
    assert len(commands) == 3
    for command in (*commands, "pytest test_deposits_again.py"):
        status, out = shell.type(command)
        assert status == 1, out
