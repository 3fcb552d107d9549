"""A watched process counts what is true, whatever else happens, and its memory stays as it is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import gilscope
from support.attaching import Attached, attach
from support.invariants import check_trace
from support.native import compile_library
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter

PROGRAM = "watched.py"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library("hold", tmp_path_factory.mktemp("hold"))


@dataclass(frozen=True)
class Watched:
    """Runs the program."""

    library: Path

    def __call__(self, runner: Runner, what: str, *arguments: object, **env: str) -> dict[str, Any]:
        done = runner.plain(PROGRAM, self.library, what, *arguments, env=env, patience_s=3000)
        assert "gilscope" not in done.stderr, done.stderr
        return done.truth


@pytest.fixture
def watched(library: Path) -> Watched:
    return Watched(library)


def test_totals_are_what_the_program_knows(watched: Watched, runner: Runner) -> None:
    truth = watched(runner, "totals")
    gil = truth["watched"]["gil"]
    (group,) = (each for each in truth["watched"]["threads"] if each["name"] == "compute-*")
    # Beside what it knows, a thread holds the GIL to begin and to end, maybe without a core.
    assert truth["held_s"] <= group["hold_s"] <= gil["held_s"] <= truth["held_s"] * 1.05 + 0.02
    beside_s = group["hold_s"] - truth["held_s"]
    assert (
        truth["waited_s"] * 0.95 - 0.05 <= group["wait_s"] + beside_s <= truth["waited_s"] + 0.001
    )
    assert sum(each["count"] for each in gil["hold_sizes"]) == gil["acquires"]
    assert sum(each["count"] for each in gil["wait_sizes"]) == gil["contended_acquires"]
    assert gil["forced_releases"] >= 60
    # Somebody may also wait while the GIL is free, and no core is.
    assert 0 < gil["contended_s"] <= truth["watched"]["watched_s"]
    assert gil["held_s"] <= truth["watched"]["watched_s"]
    assert truth["watched"]["stalls"]["count"] >= 50  # each hold is two switch intervals


def test_without_a_gil_it_says_so(
    watched: Watched, free_threaded: Interpreter, tmp_path: Path
) -> None:
    truth = watched(Runner(free_threaded, tmp_path), "totals")
    assert truth["watched"]["process"]["gil_enabled"] is False
    assert truth["watched"]["gil"]["held_s"] == truth["watched"]["gil"]["acquires"] == 0
    assert truth["watched"]["loop"] is None


def test_totals_are_those_of_a_trace_of_the_same_run(watched: Watched, runner: Runner) -> None:
    path = runner.folder / "x.gil"
    truth = watched(runner, "beside", path)
    during = truth["during"]
    with gilscope.load(path) as trace:
        blocks = list(trace.hold_blocks())
        held_s = sum(int(block.held_ns.sum()) for block in blocks) / 1e9
        wait_s = sum(int((block.acquire_ns - block.request_ns).sum()) for block in blocks) / 1e9
        lock_s = int(trace.lock_waits().wait_ns.sum()) / 1e9
    assert during["gil"]["held_s"] == pytest.approx(held_s, rel=0.01, abs=0.005)
    assert during["gil"]["wait_s"] == pytest.approx(wait_s, rel=0.01, abs=0.005)
    blocked_s = during["locks"]["wait_s"] + during["locks"]["signal_wait_s"]
    assert blocked_s == pytest.approx(lock_s, rel=0.01, abs=0.005)
    assert during["locks"]["wait_s"] == pytest.approx(0.2, abs=0.05)
    # And it goes on alone afterwards.
    assert truth["after"]["is_watched"]
    assert truth["after"]["gil"]["held_s"] == pytest.approx(
        truth["held_after_s"], rel=0.05, abs=0.01
    )


def test_a_program_that_is_recorded_from_outside_is_watched_beside(
    library: Path, runner: Runner
) -> None:
    recorded = runner.record(PROGRAM, library, "totals")
    truth = recorded.truth
    assert recorded.trace.finished
    (group,) = (each for each in truth["watched"]["threads"] if each["name"] == "compute-*")
    assert truth["held_s"] <= group["hold_s"] <= truth["held_s"] * 1.05 + 0.02


def test_it_goes_on_when_a_recording_from_outside_has_ended(
    any_runner: Runner, tmp_path: Path
) -> None:
    """At once, and not when somebody next asks for the numbers."""
    with Attached.start(any_runner, "watched_attached.py") as program:
        for i in range(3):
            options = ["--seconds", "0.3", "--no-report", "-o", tmp_path / f"{i}.gil"]
            done = attach(program.pid, *options)
            assert done.returncode == 0, done.stderr
            time.sleep(1)
        output, said = program.running.process.communicate("\n", timeout=60)
        assert said == ""
    truth = json.loads(output)
    assert truth["wall_s"] > 4
    assert truth["wall_s"] - truth["watched_s"] < 1
    if any_runner.interpreter.has_gil:
        assert truth["held_s"] > 0.8 * truth["watched_s"]
    for i in range(3):
        trace = gilscope.load(tmp_path / f"{i}.gil")
        assert trace.meta.end_reason == "stopped"
        check_trace(trace)


def test_locks_and_being_told_are_told_apart(watched: Watched, any_runner: Runner) -> None:
    truth = watched(any_runner, "locks")
    middle, whole = truth["middle"]["locks"], truth["whole"]["locks"]
    # What goes on counts as well: one waits for the lock, the other to be told.
    assert 0.15 <= middle["wait_s"] <= truth["middle"]["wall_s"]
    assert 0.15 <= middle["signal_wait_s"] <= 2 * truth["middle"]["wall_s"]  # and starting threads
    assert whole["wait_s"] == pytest.approx(middle["wait_s"], abs=0.05)
    assert whole["signal_wait_s"] >= 0.38
    assert whole["longest_wait_s"] == pytest.approx(0.2, abs=0.05)


def test_one_stall_in_a_minute_is_kept_with_its_stack(watched: Watched, runner: Runner) -> None:
    stalls = watched(runner, "stall")["stalls"]
    assert stalls["count"] >= 2
    assert stalls["longest_s"] > 0.2
    (kept,) = stalls["kept"]
    assert kept["thread"] == "MainThread"
    assert kept["waiters"] == 1
    assert 0.25 <= kept["stall_s"] <= kept["hold_s"] <= 0.6
    functions = [frame["function"] for frame in kept["frames"]]
    assert functions[-2:] == ["stall", "<module>"]
    source = (PROGRAMS / PROGRAM).read_text().splitlines()
    caller = kept["frames"][functions.index("stall")]
    assert caller["file"].endswith(PROGRAM)
    assert 0 < caller["line"] <= len(source)


def test_turns_of_a_loop(watched: Watched, runner: Runner) -> None:
    loop = watched(runner, "loop")["loop"]
    assert loop["times"] == 2
    assert loop["blocked_s"] == pytest.approx(0.4, abs=0.1)
    assert loop["longest_s"] == pytest.approx(0.25, abs=0.1)
    assert loop["turns"] > 5


def test_names_are_folded_and_groups_are_few(watched: Watched, runner: Runner) -> None:
    truth = watched(runner, "names")
    assert {"MainThread", "pool-*_*", "renamed-*", "other"} <= set(truth["names"])
    assert len(truth["names"]) <= 64
    assert truth["by_threads"] == truth["acquires"]


@pytest.mark.sanitizer
def test_memory_stays_as_it_is(
    watched: Watched, any_runner: Runner, request: pytest.FixtureRequest
) -> None:
    """Threads with many names come and go, and the GIL is let go of again and again."""
    sanitized = bool(any_runner.interpreter.sanitizer)
    rounds = 3 if sanitized else request.config.getoption("--watch-rounds")
    threads, handovers, releases = (10, 20, 1000) if sanitized else (40, 20, 40_000)
    truth = watched(any_runner, "churn", rounds, threads, handovers, releases)
    assert truth["live"] <= 3
    assert truth["groups"] <= 64
    if any_runner.interpreter.has_gil:
        assert truth["acquires"] >= rounds * (2 * threads * handovers + releases)
        assert truth["held_s"] <= truth["watched_s"]
    if not sanitized:
        seen = truth["resident_kb"]  # Python's own memory grows by steps until it has enough
        assert seen[-1] - max(seen[: max(2, rounds // 3)]) < 600, seen


@pytest.mark.sanitizer
def test_snapshots_only_grow_and_never_faster_than_time(
    watched: Watched, any_runner: Runner
) -> None:
    truth = watched(any_runner, "monotone")
    assert truth["snapshots"] > 10
    assert truth["problems"] == []


@pytest.mark.sanitizer
def test_each_process_has_its_own_numbers(watched: Watched, any_runner: Runner) -> None:
    truth = watched(any_runner, "family", GILSCOPE_WATCH="1")
    assert (truth["is_watched"], truth["is_own"]) == ("True", "True")
    if any_runner.interpreter.has_gil:
        # Its parent had held the GIL ten times as long before it was forked.
        assert truth["held_s"] <= truth["child_s"] < truth["before_s"]
        assert truth["parent_after_s"] < truth["before_s"]
    assert "MainThread" in truth["executed"]  # by the environment, which it has inherited


def test_the_environment_begins_it(any_runner: Runner) -> None:
    code = "import gilscope; print(gilscope.watch().snapshot().is_watched)"
    own = "import sys; print('gilscope' in sys.modules, 'gilscope.watch' in sys.modules)"
    for value, expected in (("1", "True False"), ("0", "False False"), ("", "False False")):
        done = any_runner.plain(["-c", own], env={"GILSCOPE_WATCH": value})
        assert done.stdout.split() == expected.split(), value
        assert done.stderr == ""
    assert any_runner.plain(["-c", code], env={"GILSCOPE_WATCH": "1"}).stdout.split()[0] == "True"
    ignored = any_runner.plain(["-E", "-c", own], env={"GILSCOPE_WATCH": "1"})
    assert ignored.stdout.split() == ["False", "False"]


def test_a_python_that_cannot_be_watched_runs_and_says_so(tmp_path: Path) -> None:
    """Whatever is wrong with the recorder."""
    package = tmp_path / "gilscope"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "_recorder.py").write_text("raise ImportError('made for another Python')")
    done = subprocess.run(
        [sys.executable, "-c", "print('runs')"],
        env={"GILSCOPE_WATCH": "1", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "runs\n"
    assert done.stderr == "gilscope: not watching this process: made for another Python\n"


def test_a_snapshot_is_plain_json(watched: Watched, any_runner: Runner) -> None:
    truth = watched(any_runner, "totals", 2, 2, 1000)
    again = json.loads(json.dumps(truth["watched"], allow_nan=False))
    assert again["schema"] == 1
    assert again["gc"]["collections"] is not None
    knows = any_runner.interpreter.version >= (3, 15)
    assert (again["gc"]["collect_s"] is not None) == knows
