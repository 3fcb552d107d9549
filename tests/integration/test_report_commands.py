"""What a report suggests to type runs as it is printed, from where the program was run."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import gilscope
from gilscope.analysis import analyze
from gilscope.analysis.model import VerdictKind
from gilscope.report.gil.console import Options, print_report
from support.interpreters import clean_environment

WORK = """
def burn(n):
    return sum(each * each for each in range(n))
def task():
    for _ in range(300):
        burn(1_000)
"""
THREADS = """
    import threading
    threads = [threading.Thread(target=task) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
"""
GUARD = 'if __name__ == "__main__":'
CLASS = """
class Task:
    def run(self):
        for _ in range(300):
            sum(each * each for each in range(1_000))
task = Task().run
"""
NESTED = """
def outer():
    def task():
        for _ in range(300):
            sum(each * each for each in range(1_000))
    return task
"""


def gilscope_command(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gilscope", *words],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def suggested(folder: Path, *program: str, encoding: str = "utf-8") -> str:
    """The command in the report; that the threads compute is certain, and not in question."""
    done = gilscope_command(["run", "--no-report", "-o", "x.gil", *program], folder)
    assert done.returncode == 0, done.stderr
    analysis = analyze(gilscope.load(folder / "x.gil"))
    analysis = replace(analysis, verdict=replace(analysis.verdict, kind=VerdictKind.CPU_BOUND))
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    before = Path.cwd()
    os.chdir(folder)
    try:
        print_report(analysis, Options("x.gil"), stream)
    finally:
        os.chdir(before)
    text = stream.buffer.getvalue().decode(encoding)
    found = re.findall(r"^. {3}(gilscope compare .+)$", text, re.MULTILINE)
    assert len(found) <= 1
    assert bool(found) == ("Measure the ways out" in text)
    return found[0] if found else ""


def check_runs(command: str, folder: Path) -> None:
    words = shlex.split(command)[1:]
    done = gilscope_command([*words, "--only", "threads", "--rounds", "1", "--tasks", "2"], folder)
    assert done.returncode == 0, done.stderr
    assert "threads" in done.stdout


@pytest.mark.parametrize(
    ("file", "program", "named"),
    [
        ("fib.py", ["fib.py"], "fib.py:task"),
        ("jobs/fib.py", ["jobs/fib.py"], "jobs/fib.py:task"),
        ("my jobs/fib.py", ["my jobs/fib.py"], "'my jobs/fib.py:task'"),
        ("häßlich.py", ["häßlich.py"], "häßlich.py:task"),
        ("shop/price.py", ["-m", "shop.price"], "shop.price:task"),
    ],
)
def test_it_runs_as_printed(file: str, program: list[str], named: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{WORK}{GUARD}{THREADS}", encoding="utf-8")
    if "shop" in file:
        (tmp_path / "shop" / "__init__.py").touch()
        (tmp_path / "shop" / "work.py").write_text(WORK)
        path.write_text(f"from .work import burn, task\n{GUARD}{THREADS}")
        named = "shop.work:task"
    command = suggested(tmp_path, *program)
    assert command in (f"gilscope compare {named}", f"gilscope compare {shlex.quote(named)}")
    check_runs(command, tmp_path)


def test_values_that_are_not_known_are_asked_for(tmp_path: Path) -> None:
    text = WORK.replace("def task():", "def task(n):").replace("range(300)", "range(n)")
    threads = THREADS.replace("target=task", "target=task, args=(300,)")
    (tmp_path / "fib.py").write_text(f"{text}{GUARD}{threads}")
    command = suggested(tmp_path, "fib.py")
    assert command == "gilscope compare fib.py:task --args <n>"
    check_runs(command.replace("<n>", "300"), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        f"{CLASS}{GUARD}{THREADS}",
        f"{NESTED}{GUARD}{THREADS.replace('target=task', 'target=outer()')}",
        f"{WORK}if True:{THREADS}",  # no guard: importing it would run it
    ],
    ids=["method", "nested", "unguarded"],
)
def test_what_would_not_run_is_not_printed(text: str, tmp_path: Path) -> None:
    (tmp_path / "fib.py").write_text(text)
    assert suggested(tmp_path, "fib.py") == ""


def test_nor_what_the_stream_cannot_show(tmp_path: Path) -> None:
    (tmp_path / "häßlich.py").write_text(f"{WORK}{GUARD}{THREADS}", encoding="utf-8")
    assert suggested(tmp_path, "häßlich.py", encoding="ascii") == ""
