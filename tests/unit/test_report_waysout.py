"""The command that measures the ways out is printed where it runs, in a form that runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.model import Line
from gilscope.report.gil.waysout import ways_out
from gilscope.report.terminal.source import Sources
from support import analyses

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
def alone(n=3, *, fast=False): return 1
def needing(n, by): return n
def keyword(*, size): return size
def generator(): yield 1
class Task:
    def method(self): return 1
"""


def sentence(file: Path | str, function: str, ended_unix_s: float = 0.0) -> str:
    base = analyses.cpu_bound()
    row = replace(base.blame[0], line=Line(function, str(file), 2))
    return ways_out(replace(base, blame=(row,)), Sources(ended_unix_s))


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
    command = f"Measure the ways out: `gilscope compare {target.format(folder)}`"
    assert sentence(folder / file, "alone") == command


def test_a_relative_path_is_from_here(folder: Path) -> None:
    assert "compare task.py:alone`" in sentence("task.py", "alone.<locals>.<genexpr>")


def test_what_it_needs_is_asked_for_and_no_command_printed(folder: Path) -> None:
    found = sentence(folder / "here/task.py", "needing")
    assert found.startswith("To measure the ways out, give gilscope compare the function")
    assert found.endswith("with --args values for `n` and `by`.")


@pytest.mark.parametrize("function", ["keyword", "generator", "Task.method", "<module>", "gone"])
def test_what_cannot_be_called_is_not_suggested(function: str, folder: Path) -> None:
    assert sentence(folder / "here/task.py", function) == ""


@pytest.mark.parametrize("file", ["far/shop/task.py", "here/missing.py", "here/odd.py"])
def test_what_is_not_found_from_here_is_not_suggested(file: str, folder: Path) -> None:
    assert sentence(folder / file, "alone") == ""


def test_a_file_that_has_changed_is_not_suggested(folder: Path) -> None:
    assert sentence(folder / "here/task.py", "alone", ended_unix_s=1.0) == ""


def test_only_where_threads_compute(folder: Path) -> None:
    assert ways_out(analyses.stall(), Sources(0.0)) == ""
