"""The sentence at the top of the report is the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from support.recording import Runner


pytestmark = pytest.mark.accuracy


@pytest.mark.parametrize(
    ("program", "arguments", "kind"),
    [
        ("io_bound.py", (), "uncontended"),
        ("hold_alone.py", (), "uncontended"),
        ("native_compute.py", (), "uncontended"),
        ("fib_threads.py", (4, 27), "cpu-bound"),
        ("stall.py", (), "stall"),
        ("convoy.py", (1,), "convoy"),
        ("asyncio_starved.py", (), "event-loop-starved"),
    ],
)
def test_verdict(runner: Runner, program: str, arguments: tuple[int, ...], kind: str) -> None:
    recording = runner.record(program, *arguments)
    assert recording.analysis.verdict.kind == kind, recording.analysis.verdict
    assert recording.told.summary
    assert recording.told.evidence


def test_a_notebook_cell_does_not_starve_its_own_loop(runner: Runner) -> None:
    """The kernel's loop runs the cell: it waits inside a callback, and would not serve anyway."""
    from gilscope.analysis import analyze
    from gilscope.trace import load

    trace = runner.folder / "cell.gil"
    runner.plain("notebook_cell.py", trace)
    verdict = analyze(load(trace)).verdict
    assert verdict.facts.loop_wait_s == 0
    # Of a fifth of a second, which the machine has a say in.
    kinds = ("cpu-bound", "stall", "convoy")
    assert verdict.kind in kinds
    # Recorded from outside, with the turns before and after the cell, it is the same.
    whole = runner.record("notebook_cell.py").analysis
    assert whole.verdict.kind in kinds, whole.verdict
    assert whole.verdict.facts.loop_wait_s < 0.05 * whole.run.wall_s


def test_held_is_not_cost(runner: Runner) -> None:
    """One thread holds the GIL all the time while nobody waits: that costs nothing."""
    recording = runner.record("hold_alone.py")
    gil = recording.analysis.gil
    assert gil.held_fraction > 0.8
    assert gil.wait_s < 0.05 * recording.truth["wall_s"]
    assert not recording.analysis.stalls


def test_stall_names_its_line_and_length(runner: Runner) -> None:
    recording = runner.record("stall.py")
    truth = recording.truth
    stall = recording.analysis.stalls[0]
    assert stall.line.function.endswith(truth["function"])
    assert stall.line.line == truth["line"]
    # A stall is what goes beyond one switch interval after the first request; the waiter asks
    # within its pause of 0.2 ms. What the call had no core for is not part of it.
    assert stall.hold_s <= max(truth["durations"]) + 0.02
    assert stall.stall_s == pytest.approx(max(truth["computed"]) - 0.005, abs=0.05, rel=0.1)
    assert f":{truth['line']}`" in recording.told.summary


def test_convoy_names_both_sides(runner: Runner) -> None:
    recording = runner.record("convoy.py", 1)
    text = f"{recording.told.summary} {recording.told.evidence}"
    assert "_truth.py:" in text, "the culprit's line, in fib()"
    assert "MainThread" in text, "the victim"
    # It comes late because it has to wait: by about a switch interval each time.
    wait_s = next(row.wait_s for row in recording.analysis.threads if row.name == "MainThread")
    assert wait_s > 0.7 * recording.truth["late_s"]


def test_a_free_threaded_python_with_its_gil_on(free_threaded: object, tmp_path: Path) -> None:
    from support.interpreters import Interpreter
    from support.recording import Runner

    assert isinstance(free_threaded, Interpreter)
    runner = Runner(free_threaded, tmp_path)
    recording = runner.record("fib_threads.py", 4, 24, env={"PYTHON_GIL": "1"})
    assert recording.analysis.run.gil_enabled
    assert recording.analysis.run.free_threaded
    assert not any("such as python3.14t" in each for each in recording.told.advice)
    if recording.analysis.verdict.kind == "cpu-bound":  # a busy machine stalls
        assert "`PYTHON_GIL=1` or `-X gil=1` turned the GIL on" in recording.told.advice[1]


def test_no_gil(free_threaded: object, tmp_path: Path) -> None:
    from support.interpreters import Interpreter
    from support.recording import Runner

    assert isinstance(free_threaded, Interpreter)
    recording = Runner(free_threaded, tmp_path).record("fib_threads.py", 2, 20)
    assert recording.analysis.verdict.kind == "no-gil"
    assert not recording.analysis.run.gil_enabled
