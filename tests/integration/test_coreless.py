"""Who had the GIL and no core to run on is not taken for a call that does not let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.model import VerdictKind

if TYPE_CHECKING:
    from support.recording import Recording, Runner

PROGRAM = "coreless.py"


@pytest.fixture(autouse=True)
def _yields(runner: Runner) -> None:
    """A thread of a free-threaded build starts with locks that leave the core to the hogs."""
    if runner.interpreter.tag.startswith("3.13t"):
        pytest.skip("its mutexes call sched_yield, and wait for programs that never rest")


def as_the_kernel_says(recording: Recording) -> None:
    """The last tenth of a second of a thread may not have been seen, and it takes a way to end."""
    rows = {row.name: row.ready_s for row in recording.analysis.threads}
    assert recording.truth["ready"]
    for name, truth_s in recording.truth["ready"].items():
        found_s = rows[name]
        assert found_s is not None
        assert truth_s - 0.15 <= found_s <= truth_s * 1.1 + 0.05


def test_python_without_a_core_is_no_stall(runner: Runner) -> None:
    recording = runner.record(PROGRAM, "python")
    analysis, facts = recording.analysis, recording.analysis.verdict.facts
    assert analysis.verdict.kind is not VerdictKind.STALL, analysis.stalls
    assert facts.coreless_s is not None
    assert facts.coreless_s > 0.03  # of about 0.6 s, beyond the first switch interval of each hold
    assert facts.machine_was_busy
    assert facts.stalled_s < 0.25 * facts.coreless_s
    as_the_kernel_says(recording)


def test_a_call_that_does_not_let_go_is_a_stall_on_a_busy_machine_too(runner: Runner) -> None:
    recording = runner.record(PROGRAM, "calls")
    analysis = recording.analysis
    assert analysis.verdict.kind is VerdictKind.STALL, analysis.verdict
    assert analysis.stalls[0].line.line == recording.truth["line"]
    assert analysis.verdict.facts.stalled_s == pytest.approx(6 * 0.075, rel=0.25)
    as_the_kernel_says(recording)
