"""Times and counts agree with what the program, the kernel or arithmetic say about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.invariants import check_trace, held_and_count, held_and_waited_ns

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.trace import Trace
    from support.recording import Runner

# Enough of every kind of traffic to find a broken invariant.
PROGRAMS = {
    "fib_threads.py": (4, 25),
    "convoy.py": (1,),
    "pingpong.py": (20_000,),
    "io_bound.py": (),
    "native_compute.py": (),
    "asyncio_starved.py": (),
    "hold_alone.py": (),
    "stall.py": (),
}
# Holds so long that who has to wait, waits for a holder. Where they are as short as a hand-off, a
# thread may come while the last holder is letting go: it waits for the mutex beside the GIL and for
# the kernel to wake it, in no hold. How often that happens depends on the machine alone.
LONG_HOLDS = {"fib_threads.py", "convoy.py", "stall.py"}


@pytest.mark.sanitizer
@pytest.mark.parametrize("program", PROGRAMS)
def test_invariants(runner: Runner, program: str) -> None:
    recording = runner.record(program, *PROGRAMS[program])
    if runner.interpreter.sanitizer == "thread":
        return  # its scheduler stretches everything; races are what it is for
    gaps = check_trace(recording.trace)[0]
    if program in LONG_HOLDS:
        assert gaps.uncovered_waits <= max(5, gaps.waits * 0.02)
    assert recording.trace.finished


@pytest.mark.accuracy
@pytest.mark.parametrize("duty", [1.0, 0.5, 0.2])
@pytest.mark.parametrize("kind", ["regex", "sorted", "json"])
def test_waits_agree_with_a_heart_that_times_itself(
    runner: Runner, beat_library: Path, kind: str, duty: float
) -> None:
    """The heart stamps its wake-ups in C, without the GIL, and again when it has the GIL."""
    recording = runner.record("heartbeat.py", beat_library, kind, duty, 1.5)
    truth = recording.truth
    check_trace(recording.trace)
    (heart,) = [row for row in recording.analysis.threads if row.name == "heartbeat"]
    recorded, measured = heart.wait_s / truth["wall_s"], truth["waited_s"] / truth["wall_s"]
    print(f"{kind} at {duty}: recorded {recorded:.4f}, measured {measured:.4f}")
    # Its own stamps include entering Python on each of about 1,000 beats, some µs each.
    assert abs(recorded - measured) <= 0.01
    assert truth["beats"] <= heart.acquires


@pytest.mark.accuracy
def test_threads_live_as_long_as_they_say(runner: Runner) -> None:
    """Hold + wait + off-GIL is the lifetime, and that is the program's own measure of it."""
    recording = runner.record("lifetimes.py")
    trace = recording.trace
    check_trace(trace)
    rows = {row.name: row for row in recording.analysis.threads}
    threads = {thread.name: thread for thread in trace.threads.values()}
    zero_ns = trace.meta.start_monotonic_ns
    beyond_ns = []
    for name, (first_ns, last_ns, cpu_s) in recording.truth["life"].items():
        row, thread = rows[name], threads[name]
        assert row.hold_s + row.wait_s + row.off_gil_s == pytest.approx(row.lifetime_s, abs=1e-6)
        held_ns, waited_ns = held_and_waited_ns(trace, thread.thread)
        assert row.hold_s == pytest.approx(held_ns / 1e9, abs=1e-6)
        assert row.wait_s == pytest.approx(waited_ns / 1e9, abs=1e-6)
        assert row.cpu_s == pytest.approx(cpu_s, rel=0.02, abs=0.002)
        # The stamps are taken inside the thread's life.
        first, last = first_ns - zero_ns, last_ns - zero_ns
        assert thread.start_ns <= first
        assert last <= thread.end_ns
        # Outside them is threading's own code, during which a thread waits as others do.
        outside_ns = (first - thread.start_ns) + (thread.end_ns - last)
        beyond_ns.append(outside_ns - on_gil_outside_ns(trace, thread.thread, first, last))
    # Any one thread may lose the CPU there for as long as the machine likes, most do not.
    assert sorted(beyond_ns)[len(beyond_ns) // 2] < 5_000_000, beyond_ns


def on_gil_outside_ns(trace: Trace, thread: int, first_ns: int, last_ns: int) -> int:
    """Holding and waiting of a thread before `first_ns` and after `last_ns`."""
    rows = trace.holds()
    mine = rows[rows["thread"] == thread]
    start, end = mine["request_ns"].astype(np.int64), mine["release_ns"].astype(np.int64)
    before = np.maximum(0, np.minimum(end, first_ns) - start)
    after = np.maximum(0, end - np.maximum(start, last_ns))
    return int(before.sum() + after.sum())


@pytest.mark.accuracy
def test_cpu_time_without_the_gil_is_told_from_sleep(runner: Runner) -> None:
    recording = runner.record("native_compute.py")
    rows = {row.name: row for row in recording.analysis.threads}
    for name, cpu_s in recording.truth["cpu_s"].items():
        row = rows[name]
        assert row.cpu_s == pytest.approx(cpu_s, rel=0.05, abs=0.005)
        assert row.computing_s >= 0.9 * cpu_s


def test_every_blocking_operation_is_a_hold(runner: Runner) -> None:
    """Each round of the ping-pong parks each thread at least once: none of that may be lost."""
    rounds = 5_000
    recording = runner.record("pingpong.py", rounds)
    check_trace(recording.trace)
    names = {thread.thread: thread.name for thread in recording.trace.threads.values()}
    holds = {"MainThread": 0, "pong": 0}
    _, count = held_and_count(recording.trace, 0)
    rows = recording.trace.holds()
    for thread, name in names.items():
        if name in holds:
            holds[name] += int(count[rows["thread"] == thread].sum())
    # A lock that is free when asked for is taken without giving the GIL up: not every round parks
    # both, but one of the two cannot go on before the other has run.
    assert holds["MainThread"] + holds["pong"] >= rounds


@pytest.mark.accuracy
def test_recording_twice_gives_the_same_picture(runner: Runner) -> None:
    """Forced releases come once per switch interval while two threads compute, not more."""
    recording = runner.record("fib_threads.py", 2, 27)
    analysis = recording.analysis
    computing_s = recording.truth["wall_s"]
    assert 0 < analysis.gil.forced_releases <= computing_s / 0.005 + 10
