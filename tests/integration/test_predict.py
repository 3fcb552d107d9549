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
    from collections.abc import Iterator
    from pathlib import Path

    from support.interpreters import Interpreter
    from support.recording import Recording

PROGRAM = "predictable.py"
# The recording shows all that the threads of these would wait for, or what makes a difference.
KNOWN = [
    "independent",
    "uneven_threads",
    "sleep_and_compute",
    "even_pool",
    "uneven_pool",
    "io_pool",
    "one_long_task",
    "two_pools",
    "locked",
    "semaphore",
    "barrier",
    "outside",
    "burst",
    "staggered",
    "beside_main",
    "told_to_stop",
    "told_together",
    "daemon",
    "does_its_share",
    "thread_pool",
    "through_sockets",
    "event",
    "own_queues",
    "pipeline",
    "consumers",
    "ping_pong",
]
NOT_GAINING = ["only_sleep", "one_thread", "beside_writing"]
# The others would wait for what they found done with the GIL, start more workers, or share work
# that they do not share. Of these only the limits are checked.
SHAPES = [
    *KNOWN,
    *NOT_GAINING,
    "event_loop",
    "chained",
    "nested",
    "timers",
    "readers",
    "many",
    "phases",
    "tree",
]
# What threads agree upon: of these, what the GIL hid is known as well, on 3.13 and later.
PROTOCOLS = [
    "bounded",
    "joined_backwards",
    "joined_in_order",
    "connections",
    "impatient",
    "nested_waits",
    "pages",
    "relay",
    "permits",
    "phased",
    "completed",
    "loop_and_threads",
    "stealing",
]
# Written, with what they take, before any of them was predicted.
UNSEEN = {
    "chain_of_futures": "predictable_shapes.py",
    "different_rooms": "predictable_unseen.py",
    "pooled_readers": "predictable_unseen.py",
    "mixed_results": "predictable_unseen.py",
    "countdown": "predictable_unseen.py",
}
# Of a busy machine: what sleeps for 10 ms goes on after 11, and to start a thread takes some, too.
SLACK, SLACK_S = 0.10, 0.02
TRIES = 6  # a recording that the machine disturbed is made again; a wrong model is wrong each time


def program_of(shape: str) -> str:
    return UNSEEN.get(shape, "predictable_protocols.py" if shape in PROTOCOLS else PROGRAM)


def predictions(
    runner: Runner, shape: str, **options: Any
) -> Iterator[tuple[Recording, Prediction]]:
    """Recordings whose replay is not withheld: at most TRIES, one at least."""
    made, prediction = 0, None
    for attempt in range(TRIES):
        folder = runner.folder / str(attempt)
        folder.mkdir()
        recording = Runner(runner.interpreter, folder).record(program_of(shape), shape, **options)
        prediction = predict(recording.trace)
        if prediction.withheld is None:
            made += 1
            yield recording, prediction
        else:
            assert prediction.withheld is Withheld.REPLAY_ERROR, prediction
    assert made, f"this machine is too busy: {prediction}"


def predicted(runner: Runner, shape: str, **options: Any) -> tuple[Recording, Prediction]:
    return next(predictions(runner, shape, **options))


def own_s(recording: Recording, prediction: Prediction) -> tuple[float, float, float]:
    """What the program would measure of itself with a core for each thread, and its limits."""
    free = prediction.rows[-1]
    assert (free.scenario, free.cores) == (Scenario.NO_GIL, None)
    around_s = prediction.recorded_ns / 1e9 - recording.truth["wall_s"]
    low, replayed, high = (each / 1e9 for each in (free.low_ns, free.wall_ns, free.high_ns))
    return low - around_s, replayed - around_s, high - around_s


def is_as_said(shape: str, said: tuple[float, float, float], really_s: float) -> bool:
    least_s, replayed_s, most_s = said
    slack_s = SLACK * really_s + SLACK_S
    within = least_s <= really_s + slack_s and really_s <= most_s + slack_s
    near = shape not in {*KNOWN, *PROTOCOLS, *UNSEEN} or abs(replayed_s - really_s) <= slack_s
    no_gain = shape not in NOT_GAINING or least_s >= really_s - slack_s
    return within and near and no_gain


@pytest.mark.parametrize("shape", SHAPES)
def test_what_arithmetic_says(runner: Runner, shape: str) -> None:
    off = []
    for recording, prediction in predictions(runner, shape):
        said, truth_s = own_s(recording, prediction), recording.truth["free_s"]
        if is_as_said(shape, said, truth_s):
            return
        off.append((said, truth_s))
    pytest.fail(f"{off}")


@pytest.mark.parametrize("shape", [*SHAPES, *PROTOCOLS, *UNSEEN])
def test_what_a_run_without_the_gil_takes(
    free_threaded: Interpreter, tmp_path: Path, shape: str
) -> None:
    """One build, with its GIL on (recorded), and off (run)."""
    off = []
    on = {"PYTHON_GIL": "1"}
    command = [str(free_threaded.python), str(PROGRAMS / program_of(shape)), shape]
    environment = {**clean_environment(), "PYTHON_GIL": "0"}
    for recording, prediction in predictions(Runner(free_threaded, tmp_path), shape, env=on):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        said, really_s = own_s(recording, prediction), json.loads(done.stdout)["wall_s"]
        if is_as_said(shape, said, really_s):
            return
        off.append((said, really_s))
    pytest.fail(f"{off}")


def test_the_clock_says_how_long_it_takes(runner: Runner) -> None:
    recording = runner.record("until_a_moment.py")
    prediction = predict(recording.trace)
    assert prediction.withheld is Withheld.BY_CLOCK
    assert not prediction.rows


# --- the command ----------------------------------------------------------------------------------


def command(trace: Path, *options: str, word: str = "predict") -> str:
    words = [sys.executable, "-m", "gilscope", word, str(trace), *options]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def as_json(trace: Path, *options: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(command(trace, "--json", *options))
    return answer


def test_what_would_be_gained_is_said(runner: Runner) -> None:
    recording, _ = predicted(runner, "independent")
    answer = as_json(recording.trace_path)
    first, *others = answer["prediction"]["rows"]
    assert (first["scenario"], answer["withheld"]) == ("gil", None)
    assert [others[0]["cores"], others[-1]["cores"]] == [1, None]
    assert others[0]["most_gain"] < 0.1 < others[-1]["most_gain"]
    assert answer["summary"] in " ".join(command(recording.trace_path).replace("▌", "").split())


def test_a_report_says_it_too(runner: Runner) -> None:
    recording, _ = predicted(runner, "independent")
    answer = as_json(recording.trace_path)
    report = json.loads(command(recording.trace_path, "--json", word="report"))
    assert report["prediction"]["rows"] == answer["prediction"]["rows"]
    assert report["what_helps"] == answer["what_helps"] != []
    shown = " ".join(command(recording.trace_path, word="report").replace("▌", "").split())
    assert shown.count(answer["summary"]) == 1, "in the verdict, and nowhere else"


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


# --- what recurs ----------------------------------------------------------------------------------

RECURRING = ["connections", "tasks", "in_a_row"]


def median_s(took_s: list[float]) -> float:
    return sorted(took_s)[len(took_s) // 2]


@pytest.mark.parametrize("shape", RECURRING)
def test_how_long_what_recurs_takes_without_the_gil(
    free_threaded: Interpreter, tmp_path: Path, shape: str
) -> None:
    """One build, with its GIL on (recorded), and off (run)."""
    command = [str(free_threaded.python), str(PROGRAMS / "recurring.py"), shape]
    environment = {**clean_environment(), "PYTHON_GIL": "0"}
    off = []
    for attempt in range(TRIES):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        runner = Runner(free_threaded, folder)
        recording = runner.record("recurring.py", shape, env={"PYTHON_GIL": "1"})
        answer = as_json(recording.trace_path, "--per", "handle")
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        took_s = json.loads(done.stdout)["took_s"]
        truth_s, longest_s = median_s(took_s), max(took_s)
        if answer["withheld"] is None:
            free = answer["per"]["rows"][-1]
            slack_s = SLACK * truth_s + 0.002
            within = free["p50_low_s"] - slack_s <= truth_s <= free["p50_high_s"] + slack_s
            near = abs(free["p50_s"] - truth_s) <= slack_s
            near &= abs(free["p99_s"] - longest_s) <= SLACK * longest_s + 0.005
            # A worker that does its next task at once leaves no trace of that.
            calls = len(recording.truth["took_s"])
            if within and near and answer["per"]["calls"] == pytest.approx(calls, rel=0.15):
                return
        off.append((answer["per"], truth_s))
    pytest.fail(f"{off}")
