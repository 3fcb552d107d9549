"""Threads of a free-threaded interpreter without its GIL: who waited, and who stopped all."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.analysis.model import VerdictKind
from support.invariants import check_trace
from support.recording import Runner

if TYPE_CHECKING:
    from pathlib import Path

    from support.interpreters import Interpreter
    from support.recording import Recording

SLACK_NS = 50_000
PAUSE_S = 0.1  # for which an object is locked, five times
SLACK_S = 0.02  # of CPU clocks, which the kernel keeps in ticks for threads that are on a core


@pytest.fixture
def runner(free_threaded: Interpreter, tmp_path: Path) -> Runner:
    return Runner(free_threaded, tmp_path)


def check_sums(recording: Recording) -> None:
    """No thread did more than it had time for."""
    without = recording.analysis.without_gil
    assert without is not None
    assert len(without.threads) == len(recording.trace.threads)
    for row in without.threads:
        did_s = row.cpu_s + row.wait_s + row.idle_s + row.stopped_s
        assert did_s <= row.lifetime_s * 1.02 + SLACK_S, row


def as_json(recording: Recording) -> dict[str, Any]:
    command = [sys.executable, "-m", "gilscope", "report", str(recording.trace_path), "--json"]
    shown = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert isinstance(shown, dict)
    return shown


def test_threads_are_known_from_their_birth(runner: Runner) -> None:
    recording = runner.record("many_threads.py", 50)
    check_trace(recording.trace)
    threads = recording.trace.threads.values()
    assert len(threads) == 51
    assert all(thread.ended or thread.main for thread in threads)
    assert sum(thread.name.startswith("one of many") for thread in threads) == 50
    check_sums(recording)


@pytest.mark.parametrize("kind", ["dict", "list"])
def test_an_object_that_another_thread_keeps_locked(runner: Runner, kind: str) -> None:
    recording = runner.record("free_locks.py", kind)
    check_trace(recording.trace)
    check_sums(recording)
    without, truth = recording.analysis.without_gil, recording.truth
    assert without is not None
    here = [row for row in without.contended if row.line.line == truth["changes"]]
    assert sum(row.wait_s for row in here) > PAUSE_S
    for row in here:
        assert (row.kind.value, row.purpose) == (kind, False)
        assert row.ended_at is not None
        assert row.ended_at.line == truth["holds"]
        assert row.longest_wait_s <= truth["longest_ns"] / 1e9
    assert not any(row.for_gc for row in without.stops)  # importing an extension stops all, too
    shown = as_json(recording)["without_gil"]["contended"]
    assert any(row["kind"] == kind and row["line"] == truth["changes"] for row in shown)


def test_pauses_of_the_collector(runner: Runner) -> None:
    recording = runner.record("free_locks.py", "collector")
    check_trace(recording.trace)
    check_sums(recording)
    without, truth = recording.analysis.without_gil, recording.truth
    assert without is not None
    (stop,) = without.stops
    assert (stop.line.line, stop.for_gc) == (truth["collects"], True)
    assert stop.pauses >= len(truth["stamps"])
    assert stop.last is not None
    assert stop.last.line in (truth["runs"], truth["runs"] - 1), "the loop, or what it asks"
    known_s = sum(end_ns - begin_ns for begin_ns, end_ns in truth["stamps"]) / 1e9
    assert 0.5 * known_s < stop.pause_s <= known_s + len(truth["stamps"]) * SLACK_NS / 1e9
    assert stop.stopped_s <= 3 * stop.pause_s
    assert stop.longest_reach_s <= stop.reach_s <= stop.pause_s
    assert as_json(recording)["without_gil"]["stops"][0]["for_gc"] is True


def test_stops_are_no_waits_for_locks(runner: Runner) -> None:
    recording = runner.record("free_locks.py", "collector")
    lines = {row.waiter.line for row in recording.analysis.locks if not row.purpose}
    assert not lines & {recording.truth["runs"], recording.truth["runs"] - 1}


def test_a_thousand_threads_wait_for_one_lock(runner: Runner) -> None:
    code = (
        "import threading; lock = threading.Lock(); lock.acquire(); count = 1000\n"
        "def work():\n"
        "    with lock: pass\n"
        "threads = [threading.Thread(target=work) for _ in range(count)]\n"
        "for each in threads: each.start()\n"
        "lock.release()\n"
        "for each in threads: each.join()\n"
    )
    recording = runner.record(["-c", code])
    assert recording.returncode == 0, recording.stderr
    check_trace(recording.trace)
    assert len(recording.trace.threads) == 1001
    here = [row for row in recording.analysis.locks if row.waiter.line == 3]
    assert sum(row.waits for row in here) >= 900, "who began before the release waited"


def test_a_recording_of_a_part(runner: Runner) -> None:
    """It begins and ends while threads wait for locks, and some are never seen to."""
    code = (
        "import sys, threading, time, gilscope\n"
        "lock = threading.Lock(); stop = False\n"
        "def work():\n"
        "    while not stop:\n"
        "        with lock: time.sleep(0.0005)\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "for each in threads: each.start()\n"
        "for number in range(5):\n"
        "    with gilscope.record(f'{sys.argv[1]}/{number}.gil'): time.sleep(0.1)\n"
        "stop = True\n"
        "for each in threads: each.join()\n"
    )
    import gilscope

    runner.plain(["-c", code, str(runner.folder)])
    for number in range(5):
        trace = gilscope.load(runner.folder / f"{number}.gil")
        check_trace(trace)
        assert len(trace.lock_waits()) > 0
        assert not trace.warnings


def test_an_end_with_daemons_that_wait(runner: Runner) -> None:
    """Their frames are freed while they wait for locks: nobody may follow them then."""
    code = (
        "import threading, time\n"
        "lock = threading.Lock()\n"
        "def deep(depth):\n"
        "    if depth: return deep(depth - 1)\n"
        "    while True:\n"
        "        with lock: pass\n"
        "for _ in range(4): threading.Thread(target=deep, args=(200,), daemon=True).start()\n"
        "time.sleep(0.05)\n"
    )
    for _ in range(10):
        recording = runner.record(["-c", code], env={"PYTHONFAULTHANDLER": "1"})
        assert recording.returncode == 0, recording.stderr
        check_trace(recording.trace)


def test_the_verdict_of_a_lock(runner: Runner) -> None:
    recording = runner.record("lock_owner.py")
    check_sums(recording)
    assert recording.analysis.verdict.kind is VerdictKind.LOCK_BOUND
    assert f"`lock_owner.py:{recording.truth['waiter']}`" in recording.told.summary
    assert "there was no GIL" in recording.told.summary
