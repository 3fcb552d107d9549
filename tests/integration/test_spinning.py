"""A thread that asks again and again is to blame for what it costs, not the one that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze
from gilscope.analysis.model import VerdictKind

if TYPE_CHECKING:
    from support.recording import Runner

PROGRAM = "spins.py"
WITH_ITS_SOURCE = """\
import ctypes, threading, time

keeps = ctypes.PyDLL(None).usleep


def work():
    for _ in range(200):
        keeps(1000)


worker = threading.Thread(target=work)
worker.start()
while worker.ident in threading._active:
    time.sleep(0)
"""


ASKS = {
    "spin": "done.is_set()",
    "alive": "worker.is_alive()",
    "flag": "is_done",
    "tries": "busy.acquire(blocking=False)",
}


@pytest.mark.parametrize("kind", ASKS)
def test_who_only_asks_is_named(runner: Runner, kind: str) -> None:
    recording = runner.record(PROGRAM, kind)
    verdict = recording.analysis.verdict
    assert verdict.kind is VerdictKind.BUSY_WAIT, verdict
    spin = verdict.facts.spin
    assert spin is not None
    assert (spin.line.line, spin.thread) == (recording.truth["line"], "MainThread")
    assert spin.asks == ASKS[kind]
    assert spin.caused_wait_s > 0.1  # the worker computes for 0.4 s, and has every other turn
    assert f"{PROGRAM}:{spin.line.line}`" in recording.told.summary
    advice = " ".join(recording.told.advice)
    assert "process" not in advice
    assert "Thread.join()" in advice


def test_who_lets_go_of_the_gil_to_ask_again(runner: Runner) -> None:
    """It hardly costs the others anything, and what it waits for the GIL costs nobody anything."""
    recording = runner.record(PROGRAM, "yields")
    verdict = recording.analysis.verdict
    assert verdict.kind is VerdictKind.BUSY_WAIT, verdict
    spin = verdict.facts.spin
    assert spin is not None
    assert (spin.line.line, spin.asks) == (recording.truth["line"], "done.is_set()")
    assert spin.own_wait_s > 0.2  # each question waits for a turn of 0.4 s
    assert spin.caused_wait_s < 0.2
    assert "costs nothing" in recording.told.evidence


def test_without_the_source_it_is_not_known(runner: Runner) -> None:
    """A call in C is known by its text: if that is gone, so is the verdict."""
    program = runner.folder / "asks.py"
    program.write_text(WITH_ITS_SOURCE)
    recording = runner.record([str(program)])
    assert recording.analysis.verdict.kind is VerdictKind.BUSY_WAIT
    program.write_text(WITH_ITS_SOURCE.replace("while", "while  "))
    changed = analyze(recording.trace).verdict
    assert changed.kind is VerdictKind.CONVOY
    assert changed.facts.spin is None


@pytest.mark.parametrize("kind", ["works", "sleeps", "cooperates"])
def test_who_does_something_between_is_not(runner: Runner, kind: str) -> None:
    verdict = runner.record(PROGRAM, kind).analysis.verdict
    assert verdict.kind is not VerdictKind.BUSY_WAIT
    assert verdict.facts.spin is None
