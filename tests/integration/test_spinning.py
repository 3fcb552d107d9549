"""A thread that asks again and again is to blame for what it costs, not the one that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.model import VerdictKind

if TYPE_CHECKING:
    from support.recording import Runner

PROGRAM = "spins.py"


@pytest.mark.parametrize("kind", ["spin", "alive"])
def test_who_only_asks_is_named(runner: Runner, kind: str) -> None:
    recording = runner.record(PROGRAM, kind)
    verdict = recording.analysis.verdict
    assert verdict.kind is VerdictKind.BUSY_WAIT, verdict
    spin = verdict.facts.spin
    assert spin is not None
    assert (spin.line.line, spin.thread) == (recording.truth["line"], "MainThread")
    assert spin.caused_wait_s > 0.1  # the worker computes for 0.4 s, and has every other turn
    assert f"{PROGRAM}:{spin.line.line}`" in recording.told.summary
    advice = " ".join(recording.told.advice)
    assert "process" not in advice
    assert "Thread.join()" in advice


@pytest.mark.parametrize("kind", ["works", "sleeps"])
def test_who_does_something_between_is_not(runner: Runner, kind: str) -> None:
    verdict = runner.record(PROGRAM, kind).analysis.verdict
    assert verdict.kind is not VerdictKind.BUSY_WAIT
    assert verdict.facts.spin is None
