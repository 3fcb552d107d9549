"""Where threads are without the GIL is recorded as they know it themselves."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis.model import OffKind, VerdictKind
from gilscope.analysis.verdict import GOOD_CONTENDED_FRACTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.recording import Recording, Runner

PROGRAM = "asleep.py"


def recorded(recording: Recording) -> Mapping[tuple[str, int, str], float]:
    """Seconds by thread, line of the program and kind."""
    found: dict[tuple[str, int, str], float] = defaultdict(float)
    for thread in recording.analysis.threads:
        for row in thread.blocked:
            if Path(row.line.file).name == PROGRAM:
                found[thread.name, row.line.line, row.kind.value] += row.off_s
    return found


@pytest.mark.parametrize("kind", ["pipe", "queue", "locks", "pool"])
def test_rows_are_what_the_threads_know(runner: Runner, kind: str) -> None:
    """What a thread measures includes waiting for the GIL, and its own way to and from the call.

    On that way it has the GIL, and may have no core.
    """
    recording = runner.record(PROGRAM, kind)
    truth, rows = recording.truth, recorded(recording)
    around = {
        row.name.split("_0")[0]: row.wait_s + row.hold_s for row in recording.analysis.threads
    }
    for each in truth["rows"]:
        found = sum(
            seconds
            for (name, line, what), seconds in rows.items()
            if name.split("_0")[0] == each["thread"].split("_0")[0]
            and (line, what) == (each["line"], each["kind"])
        )
        most_s, slack_s = each["seconds"], 0.01 * truth["wall_s"]
        least_s = most_s - around[each["thread"].split("_0")[0]]
        assert least_s - slack_s <= found <= most_s + slack_s, (each, rows)


OWN_IS_KNOWN = {"3.11", "3.12", "3.13"}  # later ones do not say who has a lock


@pytest.mark.parametrize("daemon", [0, 1])
@pytest.mark.parametrize("how", ["queue", "own"])
def test_who_waits_to_be_told_is_held_up_by_no_lock(runner: Runner, how: str, daemon: int) -> None:
    if how == "own" and runner.interpreter.tag not in OWN_IS_KNOWN:
        pytest.skip("who has a lock is not known there")
    recording = runner.record("told.py", how, daemon)
    worker = next(row for row in recording.analysis.threads if row.name == "worker")
    spent = {kind: sum(row.off_s for row in worker.blocked if row.kind is kind) for kind in OffKind}
    assert spent[OffKind.IDLE] >= 0.9 * recording.truth["wall_s"]
    assert spent[OffKind.LOCK] < 0.05 * recording.truth["wall_s"]
    assert recording.analysis.verdict.kind in (VerdictKind.UNCONTENDED, VerdictKind.IDLE)


def test_rows_are_all_of_the_time_without_the_gil(runner: Runner) -> None:
    for row in runner.record(PROGRAM, "pipe").analysis.threads:
        listed = sum(each.off_s for each in row.blocked)
        assert listed <= row.off_gil_s - row.handover_s + 1e-6
        if row.name in ("reader", "writer"):
            assert listed >= 0.9 * (row.off_gil_s - row.handover_s)


def test_computing_is_told_from_being_blocked(runner: Runner) -> None:
    recording = runner.record(PROGRAM, "zlib")
    (truth,) = (row for row in recording.truth["rows"] if row["kind"] == "computing")
    seconds = recorded(recording).get(("zlib", truth["line"], "computing"), 0.0)
    # The CPU clock of the first call is not read when it begins; the kernel's own lags by a tick.
    assert 0.9 * truth["seconds"] - 0.01 <= seconds <= 1.02 * truth["seconds"] + 0.01


def test_the_verdict_names_the_line(runner: Runner) -> None:
    recording = runner.record("io_bound.py")
    asleep = recording.analysis.verdict.facts.asleep
    assert recording.analysis.verdict.kind == VerdictKind.UNCONTENDED
    assert asleep is not None
    assert (asleep.line.function, asleep.kind) == ("nap", OffKind.BLOCKED)
    assert asleep.threads == 4
    assert f"io_bound.py:{asleep.line.line}`" in recording.told.summary


def test_the_verdict_names_the_line_that_waits_for_a_lock(runner: Runner) -> None:
    recording = runner.record(PROGRAM, "locks")
    (line,), (owner,) = (
        {row["line"] for row in recording.truth["rows"] if row["kind"] == kind}
        for kind in ("lock", "blocked")
    )
    asleep = recording.analysis.verdict.facts.asleep
    assert asleep is not None
    assert (asleep.line.line, asleep.kind) == (line, OffKind.LOCK)
    row = recording.analysis.locks[0]
    assert (row.waiter.line, row.purpose) == (line, False)
    assert row.owner is not None
    assert row.owner.line == owner
    # On a busy machine a thread that has been woken waits for a core with the GIL.
    if recording.analysis.gil.contended_fraction < GOOD_CONTENDED_FRACTION:
        assert recording.analysis.verdict.kind == VerdictKind.LOCK_BOUND
        assert f"had it was at `asleep.py:{owner}`" in recording.told.summary


def test_nothing_to_do_is_idle(runner: Runner) -> None:
    """A loop, a pool and a timer: not a line to blame."""
    recording = runner.record(PROGRAM, "loop")
    verdict = recording.analysis.verdict
    assert verdict.kind == VerdictKind.IDLE, (verdict, recorded(recording))
    assert "idle" in recording.told.summary
