"""Predictions against arithmetic, and against the same program run without a GIL."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.predict import Prediction, Scenario, Withheld, predict
from support.interpreters import clean_environment
from support.recording import PROGRAMS, Runner

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter
    from support.recording import Recording

PROGRAM = "predictable.py"
# The recording shows all that the threads of these would wait for, and nobody else could do it.
KNOWN = ["independent", "uneven_threads", "sleep_and_compute"]
NOT_GAINING = ["only_sleep", "one_thread"]
# The others would wait for what they found done with the GIL, or deal their work out otherwise.
SHAPES = [
    *KNOWN,
    *NOT_GAINING,
    "pipeline",
    "consumers",
    "locked",
    "even_pool",
    "uneven_pool",
    "barrier",
    "event_loop",
    "event",
    "chained",
]
# Of a busy machine: what sleeps for 10 ms goes on after 11, and to start a thread takes some, too.
SLACK, SLACK_S = 0.15, 0.03
TRIES = 4  # where all cores are busy with other programs, a replay is off, and says so


def predicted(runner: Runner, shape: str, **options: Any) -> tuple[Recording, Prediction]:
    prediction = None
    for attempt in range(TRIES):
        folder = runner.folder / str(attempt)
        folder.mkdir()
        recording = Runner(runner.interpreter, folder).record(PROGRAM, shape, **options)
        prediction = predict(recording.trace)
        if prediction.withheld is None:
            return recording, prediction
        assert prediction.withheld is Withheld.REPLAY_ERROR, prediction
    pytest.fail(f"this machine is too busy: {prediction}")


def own_s(recording: Recording, prediction: Prediction) -> tuple[float, float]:
    """What the program would measure of itself with a core for each thread: at least, replayed."""
    free = prediction.rows[-1]
    assert (free.scenario, free.cores) == (Scenario.NO_GIL, None)
    around_s = prediction.recorded_ns / 1e9 - recording.truth["wall_s"]
    return free.low_ns / 1e9 - around_s, free.wall_ns / 1e9 - around_s


@pytest.mark.parametrize("shape", SHAPES)
def test_what_arithmetic_says(runner: Runner, shape: str) -> None:
    recording, prediction = predicted(runner, shape)
    least_s, replayed_s = own_s(recording, prediction)
    truth_s = recording.truth["free_s"]
    assert least_s <= truth_s * (1 + SLACK) + SLACK_S
    if shape in KNOWN:
        assert replayed_s == pytest.approx(truth_s, rel=SLACK, abs=SLACK_S)
    if shape in NOT_GAINING:
        assert least_s >= truth_s * (1 - SLACK)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_run_without_the_gil_takes(
    free_threaded: Interpreter, tmp_path: Path, shape: str
) -> None:
    """One build, with its GIL on (recorded), and off (run)."""
    on = {"PYTHON_GIL": "1"}
    recording, prediction = predicted(Runner(free_threaded, tmp_path), shape, env=on)
    least_s, replayed_s = own_s(recording, prediction)
    command = [str(free_threaded.python), str(PROGRAMS / PROGRAM), shape]
    environment = {**clean_environment(), "PYTHON_GIL": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    really_s = json.loads(done.stdout)["wall_s"]
    assert least_s <= really_s * (1 + SLACK) + SLACK_S
    if shape in KNOWN:
        assert replayed_s == pytest.approx(really_s, rel=SLACK, abs=SLACK_S)


# --- the command ----------------------------------------------------------------------------------


def command(trace: Path, *options: str) -> str:
    words = [sys.executable, "-m", "gilscope", "predict", str(trace), *options]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def as_json(trace: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(command(trace, "--json"))
    return answer


def test_what_would_be_gained_is_said(runner: Runner) -> None:
    recording, _ = predicted(runner, "independent")
    answer = as_json(recording.trace_path)
    first, *others = answer["prediction"]["rows"]
    assert (first["scenario"], answer["withheld"]) == ("gil", None)
    assert [others[0]["cores"], others[-1]["cores"]] == [1, None]
    assert others[0]["most_gain"] < 0.1 < others[-1]["most_gain"]
    assert answer["summary"] in " ".join(command(recording.trace_path).replace("▌", "").split())


@pytest.mark.parametrize("shape", NOT_GAINING)
def test_that_it_would_not_have_ended_sooner_is_said(runner: Runner, shape: str) -> None:
    recording, _ = predicted(runner, shape)
    assert "would not have ended sooner" in as_json(recording.trace_path)["summary"]


def test_one_of_several_processes_is_chosen(runner: Runner) -> None:
    code = (
        "import runpy, subprocess, sys; sys.argv = ['', 'independent']\n"
        f"program = {str(PROGRAMS / PROGRAM)!r}\n"
        "subprocess.run([sys.executable, program, *sys.argv[1:]], check=True, stdout=-3)\n"
        "print('{}')"
    )
    recording = runner.record(["-c", code])
    parent, child = (each.meta.pid for each in recording.trace.processes)
    assert as_json(recording.trace_path)["pid"] == child
    assert f"pid {parent}" in command(recording.trace_path, "--process", str(parent))


def test_without_a_gil_there_is_nothing_to_predict(
    free_threaded: Interpreter, tmp_path: Path
) -> None:
    recording = Runner(free_threaded, tmp_path).record(PROGRAM, "one_thread")
    prediction = predict(recording.trace)
    assert (prediction.withheld, prediction.rows) == (Withheld.NO_GIL, ())
    assert "Nothing is predicted" in command(recording.trace_path)
