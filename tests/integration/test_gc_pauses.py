"""Waiting for the cyclic garbage collector is told from waiting for the line that set it off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.model import VerdictKind

if TYPE_CHECKING:
    from support.recording import Runner

pytestmark = pytest.mark.accuracy


def test_pauses_are_those_of_a_heartbeat(runner: Runner) -> None:
    """A beat asks for the GIL within a millisecond after a collection has begun."""
    recording = runner.record("gc_pause.py")
    truth, analysis = recording.truth, recording.analysis
    assert analysis.gc.pauses == truth["pauses"]
    assert analysis.gc.pause_s == pytest.approx(truth["pause_s"], rel=0.05)
    assert analysis.gc.longest_s == pytest.approx(truth["longest_s"], rel=0.05, abs=0.003)
    assert analysis.verdict.kind == VerdictKind.GC_PAUSE, analysis.verdict
    assert analysis.blame[0].line.function == "garbage collection"
    assert analysis.stalls[0].line.function == "garbage collection"
    innocent = [row for row in analysis.blame if row.line.line == truth["line"]]
    assert sum(row.caused_wait_s for row in innocent) < 0.05 * truth["pause_s"]


def test_a_call_that_does_not_let_go_is_no_collection(runner: Runner) -> None:
    analysis = runner.record("stall.py").analysis
    assert analysis.verdict.kind == VerdictKind.STALL
    assert analysis.gc.pause_s < 0.02 * analysis.gil.wait_s
