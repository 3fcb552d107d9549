"""An environment without NumPy and rich records; what reads says what to install."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import gilscope
from support.interpreters import Interpreter, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

SPIN = "import threading; [threading.Thread(target=sum, args=[range(10**5)]).start() for _ in 'ab']"


@pytest.fixture(scope="module")
def bare(any_interpreter: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    """A Python with gilscope, as `pip install --no-deps` would install it, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    command = [str(any_interpreter.base), "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True, env=clean_environment())
    (source,) = any_interpreter.python.parent.parent.glob("lib/python*/site-packages")
    (target,) = folder.glob("lib/python*/site-packages")
    shutil.copytree(source / "gilscope", target / "gilscope")
    for name in ("gilscope.pth", "_gilscope_start.py"):
        shutil.copy(source / name, target / name)
    return replace(any_interpreter, python=folder / "bin" / "python")


def run(python: Interpreter, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python.python, *words],
        cwd=folder,
        env={**clean_environment(), **python.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_run_records_and_says_what_to_install(bare: Interpreter, tmp_path: Path) -> None:
    done = run(bare, tmp_path, "-m", "gilscope", "run", "-c", SPIN + "; raise SystemExit(3)")
    assert done.returncode == 3
    first, second = done.stderr.splitlines()
    missing = "it needs numpy, which is not installed, and rich, which is not installed"
    assert first == f"gilscope: no report: {missing}"
    assert second.startswith("gilscope: trace code.gil, ")
    assert second.endswith(" · next: python -m pip install numpy rich && gilscope report code.gil")
    with gilscope.load(tmp_path / "code.gil") as trace:  # by a Python that has NumPy
        assert len(trace.threads) == 3


def test_recording_from_within(bare: Interpreter, tmp_path: Path) -> None:
    record = f"import gilscope\nwith gilscope.record('x.gil'): {SPIN}\n"
    done = run(bare, tmp_path, "-c", record)
    assert (done.returncode, done.stderr) == (0, "")
    done = run(bare, tmp_path, "-c", "import gilscope; gilscope.load('x.gil')")
    assert done.stderr.endswith(
        "MissingPackageError: reading a recording needs numpy, which is not installed\n"
        "python -m pip install numpy\n"
    )


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["report", "x.gil"], "a report needs numpy"),
        (["compare", "--load", "x.json"], "showing a comparison needs rich"),
        (["explore", "x.py"], "showing an exploration needs rich"),
        (["lab"], "showing an experiment needs rich"),
    ],
)
def test_what_shows_says_what_it_needs(
    bare: Interpreter, tmp_path: Path, words: list[str], needed: str
) -> None:
    (tmp_path / "x.py").write_text("def test_nothing(): pass\n")
    done = run(bare, tmp_path, "-m", "gilscope", *words)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first.startswith(f"gilscope: {needed}, which is not installed")
    assert second.strip().startswith("python -m pip install ")


@pytest.mark.parametrize("words", [["lab", "--json"], ["explore", "x.py", "--json"], ["--version"]])
def test_what_is_for_machines_needs_nothing(
    bare: Interpreter, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "x.py").write_text("def test_nothing(): pass\n")
    done = run(bare, tmp_path, "-m", "gilscope", *words)
    assert done.returncode == 0, done.stderr
