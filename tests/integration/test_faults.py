"""Each system call of launcher, recorder, collector and hook fails in turn: the program runs on.

A library that is loaded before all others (tests/programs/native/faults.c) counts the calls, and
lets one of them fail as it may: no memory, no descriptor, a full disk, a sandbox that refuses.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from support.broken import NOTHING_LEFT
from support.interpreters import clean_environment
from support.processes import wait_until, with_file_open
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from pathlib import Path

# Of one function's calls, those that are let fail: the collector makes the same ones for ever.
MOST_CALLS = {"launcher": 20, "recorder": 12, "collector": 6}
# The program says everything that it sees around it, and ends with a status of its own.
PROGRAM = ("-c", "import runpy, sys; runpy.run_path(sys.argv[1]); sys.exit(3)")


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs one command again and again, in a folder of its own each time."""

    runner: Runner
    library: Path
    who: str

    def run(self, words: list[str], fault: str, folder: Path) -> subprocess.CompletedProcess[str]:
        folder.mkdir()
        environment = {**clean_environment(), **self.runner.interpreter.environment}
        process = subprocess.Popen(
            [word.replace("FOLDER", str(folder)) for word in words],
            env={**environment, "FAULT": fault, "LD_PRELOAD": str(self.library)}
            | ({"FAULT_LOG": str(folder / "log")} if fault.endswith(":0") else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        try:
            stdout, stderr = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            stdout, stderr = process.communicate()
            stderr += "\nHUNG"
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def faults(self, words: list[str]) -> list[str]:
        """All calls, as a run without any fault makes them."""
        folder = self.runner.folder / "counted"
        self.run(words, f"{self.who}::0", folder)
        calls = Counter((folder / "log").read_text().split())
        assert len(calls) > 8, calls
        most = MOST_CALLS[self.who]
        return [
            f"{self.who}:{name}:{number}"
            for name, count in sorted(calls.items())
            for number in range(1, min(count, most) + 1)
        ]

    def each(self, words: list[str]) -> dict[str, subprocess.CompletedProcess[str]]:
        faults = self.faults(words)
        with ThreadPoolExecutor(2) as pool:
            ran = pool.map(
                lambda fault: self.run(words, fault, self.runner.folder / fault.replace(":", "-")),
                faults,
            )
            return dict(zip(faults, ran, strict=True))


def seen(stdout: str) -> Any:
    """What echo.py printed, without what each run has its own of."""
    try:
        told = json.loads(re.sub(r"(pipe|socket):\[\d+\]", r"\1", stdout))
    except ValueError:
        return stdout
    del told["cwd"]
    for name in ("FAULT", "PWD", "GILSCOPE_DOOR"):  # the last is documented
        told["environment"].pop(name, None)
    return told


def problems_of_launch(
    done: subprocess.CompletedProcess[str], plain: subprocess.CompletedProcess[str], folder: Path
) -> list[str]:
    found = []
    if done.returncode != plain.returncode:
        found.append(f"status {done.returncode}")
    if (told := seen(done.stdout)) != (expected := seen(plain.stdout)):
        differs = isinstance(told, dict) and {key for key in told if told[key] != expected[key]}
        # What cannot be looked at cannot be known to be gilscope's, and stays as it is.
        if not (differs == {"fds"} and ("fstat" in folder.name or "fcntl" in folder.name)):
            found.append(f"output differs: {differs or done.stdout}")
    strange = [line for line in done.stderr.splitlines() if not line.startswith("gilscope: ")]
    if strange:
        found.append(f"said {strange}")
    trace = folder / "t.gil"
    said = done.stderr.strip()
    if trace.exists():
        if trace.stat().st_size == 0 and "cannot" not in said:
            found.append("an empty trace is left")
        else:
            found += unreadable(trace)
    elif not said and "write" not in folder.name:
        found.append("no trace, and no word about it")
    if others := [path.name for path in folder.iterdir() if path.name not in ("t.gil", "log")]:
        found.append(f"left {others}")
    return found


def unreadable(trace: Path) -> list[str]:
    import gilscope
    from gilscope.errors import GilscopeError

    try:
        gilscope.load(trace)
    except GilscopeError as error:
        return [f"not a trace: {error}"]
    return []


def check_launches(bench: Bench, launcher: list[str]) -> None:
    program = [*PROGRAM, str(PROGRAMS / "echo.py")]
    python = str(bench.runner.interpreter.python)
    plain = bench.run([python, *program], "nobody:x:1", bench.runner.folder / "plain")
    assert plain.returncode == 3
    results = bench.each([*launcher, "--", python, *program])
    found = {
        fault: problems
        for fault, done in results.items()
        if (problems := problems_of_launch(done, plain, bench.runner.folder / dashed(fault)))
    }
    assert not found, json.dumps(found, indent=1)
    wait_until(lambda: not with_file_open(str(bench.runner.folder)))


def dashed(fault: str) -> str:
    return fault.replace(":", "-")


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_launcher(faults_library: Path, tmp_path: Path) -> None:
    from support.interpreters import interpreters

    runner = Runner(interpreters()[0], tmp_path)
    launcher = [sys.executable, str(PROGRAMS / "faulty_launch.py"), "-o", "t.gil", "--no-report"]
    check_launches(Bench(runner, faults_library, "launcher"), launcher)


@pytest.mark.timeout(900)
@pytest.mark.slow
@pytest.mark.parametrize("who", ["recorder", "collector"])
def test_recorder_and_collector(runner: Runner, faults_library: Path, who: str) -> None:
    launcher = [sys.executable, "-m", "gilscope", "run", "-o", "t.gil", "--no-report"]
    check_launches(Bench(runner, faults_library, who), launcher)


@pytest.mark.timeout(900)
@pytest.mark.slow
@pytest.mark.parametrize("orphans", ["", "subreaper"])
def test_record(runner: Runner, faults_library: Path, orphans: str) -> None:
    """The program records itself: it goes on, is told in one error or line, and nothing is left."""
    bench = Bench(runner, faults_library, "recorder")
    words = runner.command("record_alone.py", "well", "FOLDER", orphans)
    found = {}
    for fault, done in bench.each(words).items():
        if done.returncode or not done.stdout:
            found[fault] = f"status {done.returncode}: {done.stderr}"
            continue
        truth = json.loads(done.stdout)
        error, trace = truth.pop("error"), truth.pop("trace")
        if fault.startswith("recorder:mmap"):  # the next recording takes the same memory
            truth["mappings"] = 0
        is_told = trace or error.startswith(("GilscopeError: ", "MemoryError"))
        if (
            truth != NOTHING_LEFT
            or not is_told
            or (error and trace and not error.startswith("Value"))
        ):
            found[fault] = f"{done.stdout} {done.stderr}"
    assert not found, json.dumps(found, indent=1)
