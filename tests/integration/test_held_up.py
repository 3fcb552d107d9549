"""A process that something else than its GIL holds up is what a report is about, child or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze_program
from gilscope.analysis.model import VerdictKind
from gilscope.report.gil.processes import scope

if TYPE_CHECKING:
    from support.recording import Runner

KINDS = {"loop": VerdictKind.EVENT_LOOP_BLOCKED, "lock": VerdictKind.LOCK_BOUND}


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_that_is_held_up_is_named(runner: Runner, kind: str) -> None:
    recording = runner.record("child_held_up.py", kind)
    program = analyze_program(recording.trace)
    assert program.focus.pid == recording.truth["child"]
    analysis = program.analysis
    assert analysis.verdict.kind is KINDS[kind]
    line = analysis.loop.blocked[0].line if kind == "loop" else analysis.locks[0].waiter
    assert line.line == recording.truth["line"]
    assert "something else holds up" in scope(program)
