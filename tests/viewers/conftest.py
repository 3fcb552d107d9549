"""Real programs, recorded once, with what their reports say."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from support import viewers
from support.interpreters import ROOT, clean_environment, interpreters
from support.recording import Runner

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if absent := viewers.missing():
        skipped = pytest.mark.skip(reason=f"run `make viewers`, which installs {absent}")
        for item in items:
            if item.path.parent == viewers.FOLDER:
                item.add_marker(skipped)


@dataclass(frozen=True)
class Recorded:
    """A trace, and exports of it in a folder of its own."""

    path: Path
    folder: Path

    @cached_property
    def report(self) -> dict[str, Any]:
        report = json.loads(self.gilscope("report", "--json"))
        assert isinstance(report, dict)
        return report

    def export(self, name: str, *options: str) -> Path:
        file = self.folder / name
        self.gilscope("export", "-o", str(file), "--force", *options)
        return file

    def gilscope(self, command: str, *options: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "gilscope", command, str(self.path), *options],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=viewers.PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def hold_s(self) -> float:
        """Of all processes together: in a trace that was limited, of the whole run."""
        return float(sum(each["hold_s"] or 0 for each in self.report["processes"]))

    @property
    def is_limited(self) -> bool:
        return bool(self.report["run"]["rows_from_s"])

    @property
    def wait_s(self) -> float:
        """Of all processes together; in a trace that was limited, of what is kept of it."""
        if self.is_limited:
            return float(sum(each["wait_s"] for each in self.report["victims"]))
        return float(sum(each["wait_s"] or 0 for each in self.report["processes"]))


def _interpreter(*, free_threaded: bool) -> Interpreter:
    found = [each for each in interpreters() if each.free_threaded == free_threaded]
    if not found:
        pytest.skip("no such interpreter was found: run `make build`")
    return found[0]


@pytest.fixture(scope="session", params=["threads", "locks", "processes", "limited", "free"])
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp(request.param)
    runner = Runner(_interpreter(free_threaded=request.param == "free"), folder)
    match request.param:
        case "threads":
            recording = runner.record([str(ROOT / "examples" / "fibonacci.py")])
        case "locks":
            recording = runner.record("lock_waits.py", folder)
        case "processes":
            recording = runner.record("family.py", "fork", env={"FAMILY": str(folder)})
        case "limited":
            recording = runner.record("many_turns.py", 50_000, options=["--max-size", "128K"])
        case _:
            recording = runner.record("free_locks.py", "dict")
    return Recorded(recording.trace_path, folder)
