"""Budgets of tests, in real runs of pytest: the right test fails, and says why."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

from support.interpreters import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not any(each.value == "gilscope.pytest_plugin" for each in entry_points(group="pytest11")),
    reason="gilscope is installed without its pytest plugin: make build",
)
# A call that keeps the GIL takes as long on any machine; who waits meanwhile is certain to.
COMMON = """
import ctypes
import threading
import time
import unittest

import pytest

keep = ctypes.PyDLL(None).usleep


def beside(work, *arguments):
    done = threading.Event()

    def beat():
        while not done.is_set():
            time.sleep(0.001)

    thread = threading.Thread(target=beat, name="beat")
    thread.start()
    work(*arguments)
    done.set()
    thread.join()


"""
GOOD = """
@pytest.mark.gil_budget(longest_stall="10s", wait="99.9%")
def test_good():
    beside(time.sleep, 0.05)
"""
SLOW = """
@pytest.mark.gil_budget(longest_stall="50ms", longest_hold="10s")
def test_slow():
    beside(keep, 150_000)
"""
PLAIN = """
def test_plain():
    beside(keep, 150_000)
"""


class Project:
    """A folder with tests, in which pytest runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, *sources: str, name: str = "test_it.py") -> None:
        (self.folder / name).write_text(COMMON + "\n\n".join(sources))

    def command(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env={**clean_environment(), "COLUMNS": "120", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        return done.returncode, done.stdout + done.stderr

    def pytest(self, *arguments: str) -> tuple[int, str]:
        return self.command("pytest", "-p", "no:timeout", "-p", "no:cacheprovider", *arguments)

    def traces(self, folder: str = "gilscope-traces") -> set[str]:
        path = self.folder / folder
        return {each.name for each in path.iterdir()} if path.is_dir() else set()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    return Project(tmp_path)


def outcomes(out: str) -> dict[str, str]:
    """What `-v` says of each test; xdist says it the other way round."""
    found = re.findall(
        r"^\S+?\.py::(\S+) ([A-Z]+)|^\[gw\d\] .* ([A-Z]+) \S+::(\S+)", out, re.MULTILINE
    )
    return {name or other: status or result for name, status, result, other in found}


@pytest.mark.parametrize("distributed", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_the_right_test_fails(project: Project, distributed: tuple[str, ...]) -> None:
    project.write(GOOD, SLOW, PLAIN)
    status, out = project.pytest("-v", *distributed)
    assert status == 1, out
    assert outcomes(out) == {"test_good": "PASSED", "test_slow": "FAILED", "test_plain": "PASSED"}
    assert re.search(
        r"^FAILED test_it.py::test_slow - Failed: GIL budget exceeded: max\(stalls.stall_s\) is"
        r" 1\d\d ms \(> 50 ms\)",
        out,
        re.MULTILINE,
    ), out
    assert "budget exceeded: max(stalls.stall_s) > 50ms" in out
    assert "longest_hold" not in out
    assert "trace: gilscope-traces/test_it-test_slow.gil" in out
    assert "2 budgets: 1 exceeded, 1 kept" in out
    assert project.traces() == {"test_it-test_slow.gil"}
    status, said = project.command("gilscope", "report", "gilscope-traces/test_it-test_slow.gil")
    assert status == 0
    assert "does not let go of the GIL" in " ".join(said.split())


@pytest.mark.parametrize("distributed", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_session_that_passes(project: Project, distributed: tuple[str, ...]) -> None:
    project.write(GOOD, PLAIN)
    status, out = project.pytest(*distributed)
    assert status == 0, out
    assert "1 budget: 1 kept" in out
    assert not project.traces()  # nothing to keep


def test_nothing_is_imported_unasked(project: Project) -> None:
    project.write(
        "def test_loaded():\n"
        "    import sys\n"
        "    loaded = {n for n in sys.modules if n.startswith('gilscope.')}\n"
        "    assert loaded == {'gilscope.pytest_plugin'}\n"
    )
    status, out = project.pytest("-v")
    assert status == 0, out
    assert "= gilscope =" not in out


KINDS = """
@pytest.mark.gil_budget(longest_stall="50ms")
class TestClass:
    @pytest.mark.gil_budget("wall_s > 1h")
    def test_kept(self):
        pass

    def test_exceeded(self):
        beside(keep, 150_000)


class TestCase(unittest.TestCase):
    @pytest.mark.gil_budget(longest_stall="50ms")
    def test_case(self):
        beside(keep, 150_000)


@pytest.mark.gil_budget(longest_stall="50ms")
@pytest.mark.parametrize("us", [1, 150_000])
def test_parameters(us):
    beside(keep, us)


@pytest.mark.xfail(strict=True)
@pytest.mark.gil_budget(longest_stall="50ms")
def test_xfail():
    beside(keep, 150_000)


@pytest.mark.gil_budget(longest_stall="50ms")
def test_skipped():
    pytest.skip("not today")


@pytest.mark.gil_budget(longest_stall="50ms")
def test_own_failure():
    beside(keep, 150_000)
    assert 1 == 2


@pytest.fixture
def slow():
    beside(keep, 150_000)
    yield
    beside(keep, 150_000)


@pytest.mark.gil_budget(longest_stall="50ms")
def test_fixtures_are_not_part_of_it(slow):
    pass
"""


def test_kinds_of_tests(project: Project) -> None:
    project.write(KINDS)
    status, out = project.pytest("-v")
    assert status == 1, out
    assert outcomes(out) == {
        "TestClass::test_kept": "PASSED",
        "TestClass::test_exceeded": "FAILED",
        "TestCase::test_case": "FAILED",
        "test_parameters[1]": "PASSED",
        "test_parameters[150000]": "FAILED",
        "test_xfail": "XFAIL",
        "test_skipped": "SKIPPED",
        "test_own_failure": "FAILED",
        "test_fixtures_are_not_part_of_it": "PASSED",
    }
    assert "FAILED test_it.py::test_own_failure - assert 1 == 2" in out
    assert "trace: gilscope-traces/test_it-test_own_failure.gil" in out


WRONG = """
@pytest.mark.gil_budget("gil.wait > 1s")
def test_name(): open("ran", "w")

@pytest.mark.gil_budget(wiat="5%")
def test_short_name(): open("ran", "w")

@pytest.mark.gil_budget(wait="5MB")
def test_unit(): open("ran", "w")

@pytest.mark.gil_budget
def test_nothing(): open("ran", "w")

@pytest.mark.gil_budget(wait="5%", without_gil="perhaps")
def test_choice(): open("ran", "w")
"""


def test_a_wrong_marker_fails_its_test_before_it_runs(project: Project) -> None:
    project.write(WRONG, GOOD)
    status, out = project.pytest("-v")
    assert status == 1
    assert sorted(outcomes(out).values()) == ["FAILED"] * 5 + ["PASSED"]
    assert not (project.folder / "ran").exists()
    for hint in ("did you mean: gil.wait_s", "did you mean: wait", 'wait="10%"', "no limit"):
        assert hint in out
    assert "INTERNALERROR" not in out


def test_each_test_and_the_session_are_recorded(project: Project) -> None:
    project.write(GOOD, PLAIN)
    for distributed, parts in ((), {"session.gil", "session-2.gil"}), (("-n", "1"), None):
        folder = f"traces{len(distributed)}"
        status, out = project.pytest("--gilscope", *distributed, "--gilscope-dir", folder)
        assert status == 0, out
        names = parts or {"session-gw0.gil", "session-gw0-2.gil"}
        assert project.traces(folder) == names
        assert "recorded: the session, in 2 parts" in out
        for name in names:
            assert project.command("gilscope", "report", f"{folder}/{name}")[0] == 0
    status, out = project.pytest("--gilscope=test", "--gilscope-dir", "each", "-n", "2")
    assert status == 0, out
    assert project.traces("each") == {"test_it-test_good.gil", "test_it-test_plain.gil"}
    assert "2 traces in each" in out
    report = project.command("gilscope", "report", "each/test_it-test_plain.gil", "--json")[1]
    stalls = json.loads(report)["stalls"]
    assert stalls[0]["stall_s"] > 0.1
    status, out = project.pytest("--gilscope=test", "--gilscope-dir", "each")
    assert len(project.traces("each")) == 4  # none was replaced


def test_what_cannot_be_recorded_fails(project: Project) -> None:
    project.write(GOOD, PLAIN)
    status, out = project.command("gilscope", "run", "--no-report", "-m", "pytest", "-v")
    assert status == 1, out
    assert outcomes(out) == {"test_good": "FAILED", "test_plain": "PASSED"}
    assert "GIL budget not known: this process is being recorded already" in out
    assert "--gilscope=off" in out
    (project.folder / "conftest.py").write_text(
        "import sys\nsys.modules['gilscope._recorder'] = None\n"
    )
    status, out = project.pytest("-v")
    assert outcomes(out) == {"test_good": "FAILED", "test_plain": "PASSED"}
    assert "GIL budget not known: cannot record" in out
    status, out = project.pytest("-v", "--gilscope=test")
    assert outcomes(out) == {"test_good": "FAILED", "test_plain": "PASSED"}
    assert "2 tests were not recorded: cannot record" in out
    status, out = project.pytest("-v", "--gilscope=off")
    assert status == 0
    assert "1 budget: 1 not judged" in out


def test_what_is_not_known_fails(project: Project) -> None:
    project.write(
        '@pytest.mark.gil_budget("without_gil.wait_s > 1s")\ndef test_unknown(): pass\n',
        '@pytest.mark.gil_budget(wait="5%")\n'
        "def test_breaks_the_reader(monkeypatch):\n"
        "    import os\n"
        '    monkeypatch.setattr("gilscope.trace.load.load", None, raising=True)\n',
    )
    status, out = project.pytest("-v")
    assert status == 1
    assert set(outcomes(out).values()) == {"FAILED"}
    assert out.count("FAILED test_it.py::") == 2
    assert "GIL budget not known: without_gil.wait_s is not known" in out


def test_folders_that_cannot_be_written(project: Project) -> None:
    (project.folder / "file").touch()
    project.write(GOOD, SLOW)
    status, out = project.pytest("-v", "--gilscope-dir", "file/x")
    assert outcomes(out) == {"test_good": "PASSED", "test_slow": "FAILED"}
    assert "trace: not kept" in out
    for distributed in ((), ("-n", "2")):
        status, out = project.pytest("--gilscope=test", "--gilscope-dir", "file/x", *distributed)
        assert status == pytest.ExitCode.USAGE_ERROR
        assert "ERROR: gilscope: cannot write traces to" in out
        assert "Traceback" not in out


def test_a_mode_that_is_none(project: Project) -> None:
    project.write(GOOD)
    status, out = project.pytest("--gilscope", "test_it.py")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "before a path, write --gilscope=session" in out


def test_threads_that_were_there_before_are_named(project: Project) -> None:
    project.write(
        "@pytest.fixture\ndef other():\n    done = threading.Event()\n"
        "    def beat():\n        while not done.is_set(): time.sleep(0.001)\n"
        '    thread = threading.Thread(target=beat, name="left-over")\n    thread.start()\n'
        "    yield\n    done.set()\n    thread.join()\n",
        '@pytest.mark.gil_budget(longest_stall="50ms")\ndef test_slow(other):\n    keep(150_000)\n',
    )
    status, out = project.pytest()
    assert status == 1, out
    assert "1 thread of the test: MainThread" in out
    assert "1 thread that was there before: left-over" in out


def test_the_folder_is_relative_to_where_pytest_was_started(project: Project) -> None:
    project.write(
        '@pytest.mark.gil_budget(longest_stall="50ms")\n'
        "def test_slow(monkeypatch, tmp_path):\n"
        "    monkeypatch.chdir(tmp_path)\n    beside(keep, 150_000)\n"
    )
    status, out = project.pytest()
    assert status == 1
    assert project.traces() == {"test_it-test_slow.gil"}
    assert "gilscope-traces/test_it-test_slow.gil" in out
