"""Comparisons for real: run them, find their rows, and see that nothing of them is left."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.compare import Comparison, Row, compare
from support.interpreters import ROOT, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = ROOT / "tests" / "programs" / "compared.py"
NO_OTHERS: list[str] = []


def run(function: str, *args: Any, **options: Any) -> Comparison:
    defaults: dict[str, Any] = {"workers": [2], "rounds": 1, "tasks": 2, "other_pythons": NO_OTHERS}
    return compare(f"{PROGRAM}:{function}", args, **(defaults | options))


def row(comparison: Comparison, strategy: str, python: str = "") -> Row:
    (found,) = [
        each for each in comparison.rows if (each.strategy, each.python) == (strategy, python)
    ]
    return found


def all_family_members() -> list[int]:
    """Every process of the comparisons of this test: their folders lie in its own."""
    needle = f"TMPDIR={os.environ['TMPDIR']}/gilscope-".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and needle in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process and no file outlives a comparison, however it ended."""
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # sockets have names of 107 bytes
        monkeypatch.setattr(tempfile, "tempdir", short)
        monkeypatch.setenv("TMPDIR", short)
        yield
        assert all_family_members() == []
        assert list(Path(short).glob("gilscope-*")) == []


def environment() -> dict[str, str]:
    return clean_environment() | {"TMPDIR": os.environ["TMPDIR"]}


def gilscope(words: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gilscope", *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        cwd=cwd,
        timeout=100,
    )
