"""Profiles, loaded by the Firefox Profiler's own code."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from support.viewers import FirefoxProfiler

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Recorded


def test_threads_weigh_what_they_held_and_waited(recorded: Recorded, tmp_path: Path) -> None:
    profile = recorded.export("x.firefox.json.gz")
    pid = recorded.report["run"]["pid"]
    waited_ms = 0.0
    with FirefoxProfiler(profile, tmp_path) as firefox:
        info = firefox.ask("profile", "info", "--all")
        threads = {
            (process["pid"], thread["tid"]): thread["threadHandle"]
            for process in info["processes"]
            for thread in process["threads"]
        }
        for thread in recorded.report["threads"]:
            tid = pid if thread["name"] == "MainThread" else thread["tid"]
            found = weights(firefox, threads[str(pid), tid])
            waited_ms += found["waits for the GIL"]
            if not recorded.is_limited:
                assert found["waits for the GIL"] == pytest.approx(1e3 * thread["wait_s"])
                assert found["has the GIL"] == pytest.approx(1e3 * thread["hold_s"])
    if recorded.is_limited:
        assert waited_ms == pytest.approx(1e3 * recorded.wait_s)
    pids = {str(each["pid"]) for each in recorded.report["processes"] if each["recorded"]}
    assert {each["pid"] for each in info["processes"]} == pids


def weights(firefox: FirefoxProfiler, thread: str) -> Counter[str]:
    """Milliseconds by category."""
    told = firefox.ask("thread", "samples", "--thread", thread, "--include-idle")
    breakdown = told["categoryBreakdown"] or {"categories": []}
    return Counter({each["name"]: each["samples"] for each in breakdown["categories"]})


def test_markers_are_the_single_holds_and_waits(recorded: Recorded, tmp_path: Path) -> None:
    profile = recorded.export("x.firefox.json.gz")
    threads = json.loads(gzip.decompress(profile.read_bytes()))["threads"]
    with FirefoxProfiler(profile, tmp_path) as firefox:
        for index in range(min(3, len(threads))):
            told = firefox.ask("thread", "markers", "--thread", f"t-{index}")
            assert told["totalMarkerCount"] == threads[index]["markers"]["length"]
