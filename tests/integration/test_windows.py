"""A run that is bad for a time only: which time that was, and what it was about."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gilscope.analysis import analyze_program
from gilscope.analysis.windows import RestKind
from support.interpreters import describe
from support.recording import Runner

if TYPE_CHECKING:
    from support.recording import Recording

IDLE_S, BAD_S = 3.0, 1.5
BUCKET_S = 0.1  # two of the parts that a run is looked at in


def report(*words: str) -> str:
    command = [sys.executable, "-m", "gilscope", "report", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    return done.stdout


@pytest.fixture
def recording(runner: Runner) -> Recording:
    return runner.record("bad_times.py", IDLE_S, BAD_S)


def test_the_bad_time_is_found_and_judged(recording: Recording) -> None:
    found = analyze_program(recording.trace).analysis
    zero_ns = recording.trace.meta.start_monotonic_ns
    assert found.window is not None
    begin_s, end_s = ((each - zero_ns) / 1e9 for each in recording.truth["times"][0])
    assert found.window.from_s == pytest.approx(begin_s, abs=BUCKET_S)
    assert found.window.to_s == pytest.approx(end_s, abs=BUCKET_S)
    assert found.gil.contended_fraction > 0.8
    assert found.blame[0].line.function == "suffer"
    sufferers = [row for row in found.threads if row.name.startswith("sufferer")]
    assert len(sufferers) == 3
    # Two of three wait at any moment; on a busy machine they may begin to do so late.
    waited_s = sum(row.wait_s for row in sufferers)
    assert waited_s == pytest.approx(2 * (end_s - begin_s), rel=0.3)
    assert found.whole is not None
    assert found.whole.rest is not None
    assert found.whole.rest.contended_fraction == pytest.approx(0, abs=0.02)
    assert found.whole.rest.held_fraction < 0.05
    assert found.whole.rest.kind is not RestKind.CONTENDED


def test_the_report_says_when_and_runs_what_it_says(recording: Recording) -> None:
    path = str(recording.trace_path)
    text = report(path, "--no-source")
    assert "in the rest of the run the GIL was held" in " ".join(text.split())
    data = json.loads(report(path, "--json"))
    since, until = data["window"]["from_s"], data["window"]["to_s"]
    assert f"From {since:.1f} s to {until:.1f} s" in text
    again = json.loads(report(path, "--json", "--from", f"{since}", "--to", f"{until}"))
    assert again["whole"]["was_chosen"]
    for name in ("verdict", "gil", "threads"):
        assert again[name] == data[name]
    before = json.loads(report(path, "--json", "--to", "2.5"))
    assert before["verdict"]["kind"] == "uncontended"
    assert before["wall_s"] == 2.5
    assert before["gil"]["contended_fraction"] < 0.05


def test_several_bad_times_are_named(tmp_path: Path) -> None:
    recording = Runner(describe(Path(sys.prefix)), tmp_path).record("bad_times.py", 2.0, 1.0, 3)
    found = analyze_program(recording.trace).analysis
    zero_ns = recording.trace.meta.start_monotonic_ns
    assert found.window is None
    text = " ".join(report(str(recording.trace_path), "--no-source").replace("▌", "").split())
    windows = sorted(found.windows, key=lambda each: each.from_s)
    assert len(windows) == 3
    for window, (begin_ns, end_ns) in zip(windows, recording.truth["times"], strict=True):
        assert window.from_s == pytest.approx((begin_ns - zero_ns) / 1e9, abs=BUCKET_S)
        assert window.to_s == pytest.approx((end_ns - zero_ns) / 1e9, abs=BUCKET_S)
    first, middle, last = (f"from {each.from_s:.1f} s to {each.to_s:.1f} s" for each in windows)
    assert f"That was {first}, {middle} and {last}: " in text
    assert "Hardly anybody waited otherwise." in text
