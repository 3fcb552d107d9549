"""Runs a package's own tests: which of them use threads, and what explore says of those."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from environments import Environment
    from explored_packages import Package

PLUGINS = Path(__file__).resolve().parent / "explore_drivers"
SCAN_TIMEOUT_S = 240.0
TEST_TIMEOUT_S = 10  # in an ordinary run
MOST_HANGS = 2  # of the ordinary run of a package's tests, before it is given up
DUMP_S = 5.0  # to print where all threads are, and end
INSTALL_TIMEOUT_S = 300
GRACE_S = 30.0
# Both worlds, the search beyond its budget where something is not modelled, the counterexample.
BUDGETS = 4

# A network of its own that ends at this machine: tests of clients try addresses elsewhere.
ISOLATED = (
    *("unshare", "--net", "--map-root-user"),
    *("sh", "-c", 'ip link set lo up && exec nice "$@"', "sh"),
)
# Plugins and warnings that the package's own configuration asks for are not the subject.
PYTEST = ("-p", "thread_tests", "--rootdir", ".", "-o", "addopts=", "-o", "filterwarnings=", "-q")
# Tests that want a server or a package that is not there are not counted.
ALL_THAT_CAN = "--continue-on-collection-errors"


@dataclass(frozen=True, slots=True)
class Answer:
    """`verdict`: found, proven, not proven; or refused, not explored, skipped; or a fault of
    explore: hang, crash, error. `text`: what pytest showed.
    """

    package: str
    test: str
    verdict: str
    reasons: tuple[str, ...] = ()
    executions: int = 0
    threads: int = 0
    text: str = ""


def unpack(package: Package, environment: Environment, folder: Path) -> Path:
    """The package's sdist as files; downloaded unless it is there."""
    pip = [str(environment.python), "-m", "pip", "download", "-q", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        options = ["--no-deps", "--no-binary", package.name, "-d", fresh]
        subprocess.run([*pip, *options, package.pin], check=True, timeout=INSTALL_TIMEOUT_S)
        (archive,) = Path(fresh).glob("*.tar.gz")
        with tarfile.open(archive) as files:
            files.extractall(fresh, filter="data")
        (sources,) = (each for each in Path(fresh).iterdir() if each.is_dir())
        return sources.rename(folder / f"{package.name}-{package.version}")


def thread_tests(package: Package, environment: Environment, sources: Path) -> list[str]:
    """Tests that soon pass, and start a thread; of those with parameters only the first."""
    found: dict[str, str] = {}
    hanging: list[str] = []
    options = [ALL_THAT_CAN, "--timeout", str(TEST_TIMEOUT_S)]
    while len(hanging) <= MOST_HANGS:
        leave_out = [word for test in hanging for word in ("--deselect", test)]
        run = _run([*package.tests, *options, *leave_out], environment, sources, SCAN_TIMEOUT_S)
        for note in run.notes:
            started = note.get("properties", {}).get("threads_started", 0)
            if note.get("outcome") == "passed" and started:
                found.setdefault(note["test"].partition("[")[0], note["test"])
        if not run.is_hung or not run.running:
            break
        hanging.append(run.running)
    return list(found.values())


def explore(
    package: Package, test: str, environment: Environment, sources: Path, seconds: float
) -> Answer:
    include = [word for name in package.modules for word in ("--explore-include", name)]
    budget = ["--explore-seconds", str(seconds), "--timeout", "0"]
    options = ["--explore", *budget, "--tb=short", *include]
    run = _run([test, *options], environment, sources, BUDGETS * seconds + GRACE_S)
    ended = [note for note in run.notes if note["event"] == "ended"]
    if run.is_hung:
        return Answer(package.name, test, "hang", text=run.output)
    if not ended:
        return Answer(package.name, test, "crash", text=run.output)
    note = ended[0]
    properties = note["properties"]
    verdict = properties.get("explore") or _without_verdict(note)
    if verdict == "proven" and properties["explore_threads"] <= 1:
        verdict = "not explored"  # explore says: it starts no thread
    if "INTERNALERROR" in run.output:
        verdict = "error"
    return Answer(
        package.name,
        test,
        verdict,
        tuple(filter(None, properties.get("explore_reasons", "").split("; "))),
        properties.get("explore_executions", 0),
        properties.get("explore_threads", 0),
        run.output if verdict not in ("proven", "not explored") else "",
    )


def _without_verdict(note: dict[str, Any]) -> str:
    if note["outcome"] != "failed":
        return "skipped" if note["outcome"] == "skipped" else "not explored"
    return "refused" if note["text"].startswith("gilscope explore: ") else "error"


# --- one run of pytest ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """`running`: the test that was running at the end, if one was."""

    notes: list[dict[str, Any]]
    output: str
    is_hung: bool

    @property
    def running(self) -> str:
        last = self.notes[-1] if self.notes else {}
        return str(last["test"]) if last.get("event") == "begins" else ""


def _run(arguments: list[str], environment: Environment, folder: Path, timeout_s: float) -> Run:
    with tempfile.TemporaryDirectory(prefix="gilscope-tests-") as scratch:
        notes = Path(scratch) / "notes"
        copy = Path(scratch) / folder.name  # tests that are ended leave files behind
        shutil.copytree(folder, copy, symlinks=True)
        printed = Path(scratch) / "output"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GILSCOPE"))}
        variables = {"THREAD_TESTS_NOTES": str(notes), "PYTHONPATH": str(PLUGINS)}
        pytest = environment.venv / "bin" / "pytest"
        with printed.open("wb") as output:
            process = subprocess.Popen(
                [*ISOLATED, pytest, *PYTEST, *arguments],
                cwd=copy,
                env={**clean, **variables, "TMPDIR": scratch},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            is_hung = _ends(process, timeout_s) is False
        lines = notes.read_text().splitlines() if notes.is_file() else []
        text = re.sub(r"\x1b\[[0-9;]*m", "", printed.read_text(errors="replace"))
    return Run([json.loads(line) for line in lines], text, is_hung)


def _ends(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Whether it ended by itself. If not, pytest's faulthandler says where it was."""
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(DUMP_S)
        return False
    finally:
        with suppress(ProcessLookupError):  # also what it started
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return True
