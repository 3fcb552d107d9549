"""Every strategy for real: workers, clusters and interpreters that start, compute and end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.compare import Comparison, Expression, Outcome, Row
from gilscope.compare.model import DecisionKind, Note, NoteKind
from gilscope.errors import GilscopeError
from gilscope.report.comparison import sentences
from support.comparisons import (
    PROGRAM,
    all_family_members,
    environment,
    gilscope,
    nothing_left_behind,
    row,
    run,
)
from support.interpreters import ROOT, Interpreter, interpreters

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures(nothing_left_behind.__name__)
TWO_CORES = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")


def quiet(found: Comparison) -> bool:
    """Whether the cores were ours: with others at work, nothing need be faster than anything."""
    return all(note.kind is not NoteKind.NOISY for note in found.notes)


def speedup(found: Row) -> float:
    assert found.speedup is not None, (found.outcome, found.reason)
    return found.speedup.median


@TWO_CORES
def test_fibonacci_gains_from_processes_and_not_from_threads() -> None:
    found = run("fib", 24, only=["threads", "processes-fork", "processes-spawn"], tasks=8, rounds=5)
    threads = row(found, "threads")
    for name in ("processes-fork", "processes-spawn"):
        assert not quiet(found) or speedup(row(found, name)) > speedup(threads)
    assert threads.gil is not None
    assert threads.gil.contended_fraction > 0.5
    assert threads.gil.culprit.startswith("compared.py:")
    fork, spawn = row(found, "processes-fork"), row(found, "processes-spawn")
    assert fork.startup_s is not None
    assert spawn.startup_s is not None
    assert fork.startup_s < spawn.startup_s
    assert (fork.bytes_in > 0, fork.bytes_out > 0, threads.bytes_in) == (True, True, 0)
    assert fork.peak_bytes is not None
    assert fork.cpu_s is not None
    assert fork.cpu_s > 0


@TWO_CORES
def test_hashing_gains_from_threads() -> None:
    found = run("digest", 4, only=["threads", "asyncio"], tasks=4, rounds=5)
    threads = row(found, "threads")
    if quiet(found):
        assert speedup(threads) > 1.1
    assert threads.gil is not None
    assert threads.gil.contended_fraction < 0.5


def test_coroutines_are_gathered() -> None:
    found = run("nap", 0.05, only=["threads", "asyncio", "processes-fork"], tasks=6, workers=[1, 2])
    (loop,) = [each for each in found.rows if each.strategy == "asyncio"]
    assert loop.workers == 1
    assert speedup(loop) > 4  # six naps at once; timers, not cores
    threads = [each for each in found.rows if each.strategy == "threads"]
    assert 1.6 < speedup(threads[1]) < 2.4
    assert found.decision.kind is DecisionKind.UNKNOWN  # of one round


def test_sleep_overlaps_in_threads_of_asyncio() -> None:
    found = run("sleep", 0.05, only=["asyncio"], tasks=4)
    assert 1.6 < speedup(row(found, "asyncio")) < 2.4


def test_the_break_even_is_where_it_pays() -> None:
    """What is predicted from one task size is seen at others: sleeping needs no second core."""
    predicted_s = row(run("sleep", 0.02, only=["processes-fork"], rounds=3), "processes-fork")
    assert predicted_s.break_even_s is not None
    longer = run("sleep", max(0.002, 8 * predicted_s.break_even_s), only=["processes-fork"])
    assert speedup(row(longer, "processes-fork")) > 1
    shorter = run("sleep", predicted_s.break_even_s / 50, only=["processes-fork"], tasks=20)
    assert speedup(row(shorter, "processes-fork")) < speedup(row(longer, "processes-fork"))


@pytest.mark.parametrize("name", ["loky", "dask"])
def test_real_pools_and_clusters(name: str) -> None:
    found = row(run("fib", 20, only=[name]), name)
    assert found.outcome is Outcome.MEASURED, found.reason
    assert found.workers == 2
    assert found.startup_s is not None
    assert found.startup_s > 0.05


@pytest.mark.timeout(300)
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray has no wheel for this Python")
def test_a_real_ray_instance() -> None:
    found = row(run("fib", 20, only=["ray"], timeout_s=240), "ray")
    assert found.outcome is Outcome.MEASURED, found.reason


@pytest.mark.timeout(180)
def test_a_dask_scheduler_that_runs_already() -> None:
    """Its workers have neither the function's file nor gilscope: the function travels to them."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "programs" / "dask_cluster.py")],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd="/",
    ) as cluster:
        assert cluster.stdout is not None
        address = cluster.stdout.readline().strip()
        found = row(run("fib", 18, only=["dask"], addresses={"dask": address}), "dask")
        cluster.communicate("done\n", timeout=60)
    assert found.outcome is Outcome.MEASURED, found.reason
    assert found.workers >= 1


def other_pythons() -> list[Interpreter]:
    tags = {each.tag: each for each in interpreters() if not each.environment}
    return [tags[tag] for tag in ("3.13t", "3.14", "3.12") if tag in tags]


@pytest.mark.parametrize("other", other_pythons(), ids=str)
def test_other_interpreters(other: Interpreter) -> None:
    """They have neither gilscope's path nor its libraries; each is compared with its own serial."""
    names = ["threads", "free-threaded", "interpreters"]
    found = run("fib", 25, only=names, other_pythons=[str(other.base)], tasks=6, rounds=7)
    rows = {each.strategy: each for each in found.rows if each.python == other.tag}
    assert {each.outcome for each in rows.values()} == {Outcome.MEASURED}
    serial = rows["serial"]
    assert serial.against_default is not None
    wanted = {"free-threaded"} if other.free_threaded else {"threads"}
    if other.version >= (3, 14):
        wanted.add("interpreters")
    assert wanted <= set(rows)
    if len(os.sched_getaffinity(0)) >= 2 and quiet(found):
        for name in wanted - {"threads"}:  # several GILs, or none
            assert speedup(rows[name]) > speedup(row(found, "threads"))


@pytest.mark.parametrize(
    ("function", "outcome", "words"),
    [
        ("killed_in_child", Outcome.RAISED, "terminated abruptly"),
        ("exits_in_child", Outcome.RAISED, "terminated abruptly"),
        ("raises_in_child", Outcome.RAISED, "ValueError: not here"),
        ("differs_in_child", Outcome.MISMATCH, "serial gave 'fine', this 'wrong'"),
        ("hangs_in_child", Outcome.TIMEOUT, "--timeout"),
        ("returns_a_function", Outcome.RAISED, "pickle"),
    ],
)
def test_what_goes_wrong_is_said_and_the_others_go_on(
    function: str, outcome: Outcome, words: str
) -> None:
    found = run(function, only=["threads", "processes-fork"], timeout_s=5)
    processes = row(found, "processes-fork")
    assert (processes.outcome, words in processes.reason) == (outcome, True), processes.reason
    not_judged = found.decision.wrong if outcome is Outcome.MISMATCH else found.decision.failed
    assert not_judged == (processes,)
    assert row(found, "threads").outcome is Outcome.MEASURED


@pytest.mark.parametrize("function", ["prints", "forks", "not_a_number", "leaves_a_process"])
def test_odd_functions_are_compared_all_the_same(
    function: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = run(function, only=["threads", "processes-fork"])
    assert {each.outcome for each in found.rows} == {Outcome.MEASURED}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("always_raises", "ValueError: always (compared.py:"),
        ("calls_sys_exit", "SystemExit(3)"),
        ("missing", "missing"),
        ("BUFFER", "not a function"),
    ],
)
def test_a_function_that_fails_serially_is_the_users_mistake(function: str, words: str) -> None:
    with pytest.raises(GilscopeError) as raised:
        run(function, only=["threads"])
    assert words in raised.value.message


def test_wrong_results_are_an_error_that_shows_both() -> None:
    command = ["compare", f"{PROGRAM}:in_main_thread", "--only", "threads", "--rounds", "1"]
    done = gilscope([*command, "--workers", "1"])
    assert done.returncode == 3
    assert "wrong results" in done.stdout
    assert "serial gave True, this False" in " ".join(done.stdout.split())


def test_the_command_line_writes_json_that_it_reads_again(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    words = ["compare", f"{PROGRAM}:fib", "--args", "16", "--only", "threads", "--rounds", "2"]
    done = gilscope([*words, "--json", "-o", str(file)])
    assert done.returncode == 0, done.stderr
    content = json.loads(file.read_text())
    assert content["target"] == "compared.py:fib"
    assert content["strategies"][0]["strategy"] == "serial"
    assert gilscope([*words, "--json", "-o", str(file)]).returncode == 2
    again = gilscope(["compare", "--load", str(file)])
    assert again.returncode == 0
    assert "compared.py:fib(16)" in again.stdout
    same = gilscope(["compare", "--load", str(file), "--against", str(file)])
    assert same.returncode == 0
    for strategy in content["strategies"]:
        for key in ("wall_s", "wall_low_s", "wall_high_s"):
            strategy[key] *= 3
    slower = tmp_path / "slower.json"
    slower.write_text(json.dumps(content))
    worse = gilscope(["compare", "--load", str(slower), "--against", str(file)])
    assert worse.returncode == 1
    assert "3.00 times as long" in worse.stdout


def test_every_interpreter_can_compare(any_interpreter: Interpreter) -> None:
    """Also one that has neither rich nor NumPy, as long as nothing is to be shown."""
    words = ["-m", "gilscope", "compare", f"{PROGRAM}:fib", "--args", "16", "--rounds", "1"]
    done = subprocess.run(
        [any_interpreter.python, *words, "--only", "threads", "processes-spawn", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=environment() | any_interpreter.environment,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["strategies"]
    assert {each["outcome"] for each in rows} == {"measured"}
    assert {each["strategy"] for each in rows} == {"serial", "threads", "processes-spawn"}


def test_a_result_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    words = ["compare", f"{PROGRAM}:sleep", "--args", "1000", "--json"]
    done = gilscope([*words, "-o", str(tmp_path / "missing" / "x.json")])
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


# --- what the intervals say: these tasks sleep, and need no cores -------------------------------


def test_what_holds_the_gil_gains_from_processes_alone() -> None:
    found = run("held", 50_000, only=["threads", "processes-fork"], tasks=4, rounds=7)
    decision, threads, processes = found.decision, *found.rows[1:]
    assert threads not in decision.leaders
    assert decision.kind is not DecisionKind.SERIAL
    if decision.kind is DecisionKind.FASTER:
        assert decision.leaders == (processes,)
    else:  # others took the cores for so long that even sleeping was late
        assert processes in decision.undecided


def test_leaders_that_cannot_be_told_apart_are_all_named() -> None:
    only = ["threads", "processes-fork", "asyncio"]
    found = run("sleep", 0.05, only=only, tasks=4, rounds=7)
    here = found.rows[1:]
    leaders, undecided = set(found.decision.leaders), set(found.decision.undecided)
    best = max(each.speedup.low for each in here if each.speedup is not None)
    for other in set(here) - leaders - undecided:  # so even are sleepers that some may differ
        assert other.speedup is not None
        assert other.speedup.high < best
    assert found.decision.kind is not DecisionKind.SERIAL
    if len(found.decision.leaders) == 3:
        sentence = sentences.decision(found)
        assert "cannot be told apart: threads x2, asyncio x2 and processes-fork x2" in sentence


def test_nothing_gains_where_threads_hold_the_gil() -> None:
    found = run("held", 50_000, only=["threads"], tasks=4, rounds=7)
    (threads,) = found.rows[1:]
    assert threads.speedup is not None
    assert threads.speedup.low < 1.1
    assert found.decision.kind is not DecisionKind.FASTER


# --- what a comparison notices ------------------------------------------------------------------


def test_a_task_below_any_strategy_is_noticed() -> None:
    found = run("fib", 1, only=["threads", "processes-fork"], rounds=6)
    assert NoteKind.TASKS_TOO_SMALL in {note.kind for note in found.notes}
    longer = run("sleep", 0.02, only=["threads"], rounds=6)
    assert NoteKind.TASKS_TOO_SMALL not in {note.kind for note in longer.notes}


@TWO_CORES
@pytest.mark.skipif(find_spec("numpy") is None, reason="no NumPy here")
def test_a_serial_run_on_several_cores_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"only": ["threads"], "setup": "import numpy", "rounds": 6}
    matrix = Expression("numpy.ones((600, 600))")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (note,) = [each for each in run("square", matrix, **options).notes if is_parallel(each)]
    assert note.value is not None
    assert note.value > 1.2
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert not [each for each in run("square", matrix, **options).notes if is_parallel(each)]


def is_parallel(note: Note) -> bool:
    return note.kind is NoteKind.SERIAL_IS_PARALLEL


@pytest.mark.parametrize(
    ("function", "kind"),
    [("cached", NoteKind.RESULTS_CACHED), ("gives_up", NoteKind.RETURNED_EXCEPTION)],
)
def test_work_that_is_hardly_done_is_noticed(function: str, kind: NoteKind) -> None:
    found = run(function, only=["threads"])
    assert kind in {note.kind for note in found.notes}


@pytest.mark.parametrize("function", ["yields", "yields_later", "makes_a_generator", "forgets"])
def test_what_does_no_work_is_an_error_with_a_way_out(function: str) -> None:
    done = gilscope(["compare", f"{PROGRAM}:{function}", "--only", "threads"])
    assert done.returncode == 2
    assert done.stdout == ""
    first, *way_out = done.stderr.splitlines()
    assert "cannot be compared" in first
    assert way_out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_being_ended_ends_everything(number: signal.Signals) -> None:
    words = ["-m", "gilscope", "compare", f"{PROGRAM}:sleep", "--args", "1000"]
    with subprocess.Popen(
        [sys.executable, *words], stderr=subprocess.PIPE, env=environment()
    ) as running:
        deadline_s = time.monotonic() + 30
        while not all_family_members() and time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert all_family_members()
        time.sleep(0.5)  # until the host computes
        running.send_signal(number)
        assert running.stderr is not None
        said = running.stderr.read()
    assert running.returncode == -number
    assert said == b""
