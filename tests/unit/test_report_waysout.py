"""The command that measures the ways out is printed where it runs, in a form that runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.model import Line
from gilscope.report.gil.waysout import WayOut, way_out
from gilscope.sources import Sources
from support import analyses

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
from threading import Lock
RATE, LOCK = 7, Lock()
def alone(n=3, *, fast=False): return 1
def needing(n, by: "int"): return n
def given(lock: Lock): return lock
def keyword(*, size): return size
def generator(): yield 1
class Task:
    def method(self): return 1
if __name__ == "__main__":
    alone()
"""


def found(file: Path | str, *functions: str, ended_unix_s: float = 0.0) -> WayOut | None:
    base = analyses.cpu_bound()
    task = tuple(Line(function, str(file), 0) for function in functions)
    verdict = replace(base.verdict, facts=replace(base.verdict.facts, task=task))
    return way_out(replace(base, verdict=verdict), Sources(ended_unix_s))


def command(file: Path | str, *functions: str) -> str:
    way = found(file, *functions)
    return way.command.removeprefix("gilscope compare ") if way else ""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here" / "my shop").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    for path in ("here/task.py", "here/my shop/task.py", "there.py", "here/odd.py"):
        (tmp_path / path).write_text(MODULE if path != "here/odd.py" else "def alone(:")
    for package in (tmp_path / "here/shop", tmp_path / "far/shop"):
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "task.py").write_text(MODULE)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("here/task.py", "task.py:alone"),
        ("here/my shop/task.py", "'my shop/task.py:alone'"),
        ("there.py", "{}/there.py:alone"),
        ("here/shop/task.py", "shop.task:alone"),
    ],
)
def test_a_function_is_named_as_it_is_found_from_here(file: str, target: str, folder: Path) -> None:
    assert command(folder / file, "alone") == target.format(folder)


def test_a_relative_path_is_from_here(folder: Path) -> None:
    assert command("task.py", "alone") == "task.py:alone"


def test_relative_imports_need_a_package_with_or_without_init(folder: Path) -> None:
    namespace = folder / "here" / "spaced"
    namespace.mkdir()
    (namespace / "task.py").write_text(f"from .rates import RATE\n{MODULE}")
    assert command(namespace / "task.py", "alone") == "spaced.task:alone"
    (folder / "there.py").write_text(f"from .rates import RATE\n{MODULE}")
    assert command(folder / "there.py", "alone") == ""


def test_an_option_is_no_file(folder: Path) -> None:
    (folder / "here" / "-x.py").write_text(MODULE)
    assert command(folder / "here" / "-x.py", "alone") == "./-x.py:alone"


def test_what_it_needs_is_a_placeholder_that_no_shell_takes_for_a_value(folder: Path) -> None:
    way = found(folder / "here/task.py", "needing")
    assert way == WayOut("gilscope compare task.py:needing --args <n> <by>", ("n", "by"))


UNCALLABLE = ["keyword", "generator", "given", "Task.method", "alone.<locals>.inner", "gone"]


@pytest.mark.parametrize("function", UNCALLABLE)
def test_what_cannot_be_called_is_not_suggested(function: str, folder: Path) -> None:
    assert command(folder / "here/task.py", function) == ""


def test_the_outermost_function_that_can_be_called_is_suggested(folder: Path) -> None:
    assert command(folder / "here/task.py", "Task.method", "alone", "needing") == "task.py:alone"


@pytest.mark.parametrize("file", ["far/shop/task.py", "here/missing.py", "here/odd.py"])
def test_what_is_not_found_from_here_is_not_suggested(file: str, folder: Path) -> None:
    assert command(folder / file, "alone") == ""


@pytest.mark.parametrize(
    "line", ["alone()", "result = alone()", "with LOCK: pass", "for n in range(3): alone(n)"]
)
def test_an_import_that_would_run_the_program_is_not_suggested(line: str, folder: Path) -> None:
    file = folder / "here" / "task.py"
    file.write_text(f"{MODULE}{line}\n")
    assert command(file, "alone") == ""


def test_a_file_that_has_changed_is_not_suggested(folder: Path) -> None:
    assert found(folder / "here/task.py", "alone", ended_unix_s=1.0) is None


def test_only_where_threads_compute(folder: Path) -> None:
    assert way_out(analyses.stall(), Sources(0.0)) is None
