"""A function in a pool of processes: predicted, and really done."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.recording import PROGRAMS

if TYPE_CHECKING:
    from pathlib import Path

    from support.recording import Recording, Runner

PROGRAM = "in_a_pool.py"
SLACK_S = 0.08  # a pool has to start its processes, and a busy machine to run them


def predicted(trace: Path, *options: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "gilscope", "predict", str(trace), "--json", *options]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def recorded(runner: Runner) -> tuple[Recording, dict[str, Any]]:
    """A recording that the machine did not disturb so much that nothing is predicted."""
    answer: dict[str, Any] = {}
    for _ in range(5):
        recording = runner.record(PROGRAM, "threads")
        answer = predicted(recording.trace_path, "--pool", "work")
        if answer["pool"] is not None:
            return recording, answer
    pytest.fail(f"this machine is too busy: {answer}")


def test_it_takes_as_long_as_it_really_does(runner: Runner) -> None:
    recording, answer = recorded(runner)
    command = [str(runner.interpreter.python), str(PROGRAMS / PROGRAM), "processes"]
    really_s = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["wall_s"]
    took_s, pool = recording.truth["wall_s"], answer["pool"]
    # It sleeps, with the GIL: there is a core for each thread.
    would_s = took_s - pool["high"] * answer["prediction"]["wall_s"]
    assert abs(would_s - really_s) < SLACK_S + 0.1 * took_s
    # What ran while nobody waited was not sampled: the end of the last thread.
    assert 0.7 < pool["held_s"] / recording.truth["held_s"] < 1.1
    assert pool["low"] <= pool["gain"] <= pool["high"]


def test_pickling_eats_it(runner: Runner) -> None:
    recording, answer = recorded(runner)
    size = answer["pool"]["break_even_bytes"]
    less, more = (
        predicted(recording.trace_path, "--pool", "work", "--pickled", f"{each}B")["pool"]
        for each in (size // 4, size * 4)
    )
    assert less["gain"] > 0 > more["gain"]
    assert (less["pickled_bytes"], more["pickled_bytes"]) == (size // 4, size * 4)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--pool", "nobody"], "no sample was taken in a function called nobody"),
        (["--pickled", "1MB"], "--pickled is about a function"),
    ],
)
def test_what_cannot_be_predicted(runner: Runner, options: list[str], says: str) -> None:
    recording = runner.record(PROGRAM, "threads")
    words = [sys.executable, "-m", "gilscope", "predict", str(recording.trace_path), *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
