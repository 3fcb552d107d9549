"""Programs in which nobody is left to wake anybody hang; such that wait for news do not."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.model import VerdictKind
from support.recording import PROGRAMS

if TYPE_CHECKING:
    from support.recording import Recording, Runner

# Longer than a wait has to last to be for good, and than it takes until the collector looks at it.
A_WHILE_S = 0.5
LINES = (PROGRAMS / "nobody_left.py").read_text("utf-8").splitlines()
RESULT = next(number for number, line in enumerate(LINES, 1) if line.endswith("# result"))


def stopped(runner: Runner, kind: str, number: signal.Signals) -> Recording:
    running = runner.start_recording("nobody_left.py", kind)
    try:
        pid = running.wait_ready()
        time.sleep(A_WHILE_S)
        os.kill(pid, number)
        return running.finish()
    finally:
        running.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "ctrl-c"])
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("queue", "for something in a queue"),
        ("lock", "takes_a_lock waited at"),
        ("result", f"MainThread waited at `nobody_left.py:{RESULT}` for a result"),
        ("alone", f"A deadlock: MainThread waited at `nobody_left.py:{RESULT}` for a result;"),
    ],
)
def test_a_program_hangs(runner: Runner, kind: str, number: signal.Signals, says: str) -> None:
    recording = stopped(runner, kind, number)
    analysis = recording.analysis
    assert analysis.verdict.kind is VerdictKind.DEADLOCK
    assert all(row.is_stuck for row in analysis.open_locks)
    assert min(row.since_s for row in analysis.open_locks) > A_WHILE_S / 2
    assert says in recording.told.summary
    alive = sum(not each.ended for each in recording.trace.threads.values())
    assert len(analysis.open_locks) == alive


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "ctrl-c"])
@pytest.mark.parametrize(
    "kind", ["signal", "signal-in-thread", "timeout", "sleep", "computes", "reads"]
)
def test_who_may_be_told_does_not_hang(runner: Runner, kind: str, number: signal.Signals) -> None:
    analysis = stopped(runner, kind, number).analysis
    assert analysis.verdict.kind is not VerdictKind.DEADLOCK
    assert not any(row.is_stuck for row in analysis.open_locks)
