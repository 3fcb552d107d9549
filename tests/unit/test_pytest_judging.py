"""Recordings of tests, judged: those without a GIL, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gilscope.budget.checking import limit_of
from gilscope.budget.outcome import Outcome
from gilscope.pytest_plugin.recording.asked import Asked
from gilscope.pytest_plugin.recording.bystanders import Bystanders
from gilscope.pytest_plugin.recording.judging import judge_test
from support.tracewriter import TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
WAIT = limit_of("gil.contended_fraction > 99%")


def write_trace(path: Path, *, gil_enabled: bool) -> None:
    """Two threads take turns; each waits for 4 of every 10 ms."""
    holds = [
        ((10 * n + 6) * MS, (10 * n + 10) * MS, (10 * n + 19) * MS, 1 + n % 2, 1) for n in range(20)
    ]
    with TraceWriter(path) as out:
        out.meta(python="3.13.1", switch_interval_ns=5 * MS, gil_enabled=gil_enabled)
        out.code(1, "work", "/home/me/test_app.py", [3])
        out.paths([(1, 0, 1, 0)])
        out.sites([(1, 1, 0)])
        out.holds(holds_array(holds))
        for number in (1, 2):
            out.thread(number, f"t{number}", 0, 220 * MS, tid=1000 + number, ended=False)
        out.meta(end_ns=220 * MS, end_reason="stopped")


@pytest.mark.parametrize(
    ("gil_enabled", "passes", "expected"),
    [
        (True, False, Outcome.PASSED),
        (False, False, Outcome.UNKNOWN),
        (False, True, Outcome.PASSED),
    ],
)
def test_without_a_gil(
    gil_enabled: bool,  # noqa: FBT001 - a parameter
    passes: bool,  # noqa: FBT001 - likewise
    expected: Outcome,
    tmp_path: Path,
) -> None:
    write_trace(tmp_path / "x.gil", gil_enabled=gil_enabled)
    asked = Asked((WAIT,), passes_without_gil=passes)
    found = judge_test(tmp_path / "x.gil", asked, Bystanders(frozenset()))
    assert found.outcome is expected
    assert ("the interpreter ran without a GIL" in found.text) is (expected is Outcome.UNKNOWN)


def test_what_is_in_the_recording_is_told(tmp_path: Path) -> None:
    write_trace(tmp_path / "x.gil", gil_enabled=True)
    asked = Asked((limit_of("gil.wait_s > 0"), WAIT))
    found = judge_test(tmp_path / "x.gil", asked, Bystanders(frozenset({1002})))
    first, *others = found.text.splitlines()
    assert first.startswith("GIL budget exceeded: gil.wait_s is 80 ms (> 0")
    assert "1 thread of the test: t1" in found.text
    assert "1 thread that was there before: t2" in found.text
    assert not any("contended_fraction" in line for line in others)
