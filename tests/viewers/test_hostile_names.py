"""Names that could break a format arrive in the viewers, as names."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.interpreters import clean_environment
from support.randomtraces import HOSTILE, Shape, write_trace
from support.viewers import FirefoxProfiler, imported_by_speedscope, queried

if TYPE_CHECKING:
    from pathlib import Path

BEGINNING = 'x"};</script>'


def exported(folder: Path, name: str) -> Path:
    write_trace(folder / "app.gil", 1, Shape(name=HOSTILE, function=HOSTILE))
    command = [sys.executable, "-m", "gilscope", "export", "app.gil", "-o", name]
    subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, check=True)
    return folder / name


@pytest.mark.parametrize("name", ["x.perfetto-trace", "x.json.gz"])
def test_perfetto(name: str, tmp_path: Path) -> None:
    problems, threads = queried(
        exported(tmp_path, name),
        "select name, value from stats where severity != 'info' and value > 0",
        "select name from thread where name is not null",
    )
    assert problems == []
    assert sum(thread.startswith(BEGINNING) for (thread,) in threads) >= 4


def test_firefox(tmp_path: Path) -> None:
    with FirefoxProfiler(exported(tmp_path, "x.firefox.json.gz"), tmp_path) as firefox:
        (process,) = firefox.ask("profile", "info", "--all")["processes"]
    assert sum(each["name"].startswith(BEGINNING) for each in process["threads"]) >= 4


@pytest.mark.parametrize("name", ["x.speedscope.json", "x.folded"])
def test_speedscope(name: str, tmp_path: Path) -> None:
    found = imported_by_speedscope(exported(tmp_path, name), tmp_path)
    frames = [each["name"] for each in found["shared"]["frames"]]
    assert any(each.replace(":", ";").startswith(BEGINNING) for each in frames)
