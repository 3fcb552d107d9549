"""Threads that never have the GIL again are known by their whole call path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.trace import SAMPLER_TABLE
from support.invariants import check_trace

if TYPE_CHECKING:
    from support.recording import Runner

SECONDS = 0.6
INNERMOST = {"receive": "SocketIO.readinto", "read": "read", "<module>": "<module>"}


def test_who_is_blocked_when_it_is_killed_is_known_to_its_beginning(any_runner: Runner) -> None:
    recording = any_runner.record("never_comes_back.py", SECONDS, expect=None)
    trace = recording.trace
    check_trace(trace)
    assert trace.meta.end_reason == "killed"
    if not trace.meta.gil_enabled:
        assert not len(trace.away)  # nobody had one
        return
    holds = trace.holds()
    last = dict(zip(holds["thread"].tolist(), holds["release_ns"].tolist(), strict=True))
    found = {}
    for row in trace.away:
        assert int(row["release_ns"]) == last[int(row["thread"])]
        frames = trace.paths(SAMPLER_TABLE).frames(int(row["path_id"]))
        own = next(each for each in frames if each.file.endswith("never_comes_back.py"))
        found[own.function] = frames[0].function
    assert found == INNERMOST
