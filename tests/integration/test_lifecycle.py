"""Recordings begin and end in every way that a process can."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.invariants import check_trace

if TYPE_CHECKING:
    from support.recording import Runner

# Freed memory is overwritten: what follows a stale pointer at shutdown crashes.
PERTURBED = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.perturb=165"}


@pytest.mark.parametrize("round_", range(3))
def test_daemon_threads_at_shutdown(runner: Runner, round_: int) -> None:
    # A free-threaded build has its own allocator and knows no other.
    env = {} if runner.interpreter.free_threaded else PERTURBED
    recording = runner.record("daemon_shutdown.py", env=env)
    check_trace(recording.trace)
    names = {thread.name for thread in recording.trace.threads.values()}
    assert {f"compute-{i}" for i in range(4)} <= names


@pytest.mark.parametrize("kind", ["single", "threaded"])
def test_fork(runner: Runner, kind: str) -> None:
    """The child is unharmed and unrecorded, and warns of nothing more than it would anyway."""
    plain = runner.plain("fork_child.py", kind)
    recording = runner.record("fork_child.py", kind)
    for truth in (plain.truth, recording.truth):
        truth.pop("child")
    assert recording.truth == plain.truth
    check_trace(recording.trace)
    # The child's threads have tids of their own.
    expected = {"MainThread", "beside"} if kind == "threaded" else {"MainThread"}
    assert {thread.name for thread in recording.trace.threads.values()} == expected


def test_exec_ends_the_recording(runner: Runner) -> None:
    recording = runner.record("exec_other.py")
    check_trace(recording.trace)
    assert recording.trace.hold_count() > 0


def test_killed_program_leaves_everything_up_to_its_last_event(runner: Runner) -> None:
    running = runner.start_recording("hang.py", "deadlock")
    try:
        pid = running.wait_ready()
        os.kill(pid, signal.SIGKILL)
        recording = running.finish()
    finally:
        running.kill()
    assert recording.returncode == -signal.SIGKILL
    check_trace(recording.trace)
    assert {"left", "right"} <= {thread.name for thread in recording.trace.threads.values()}


def test_killed_while_it_holds_names_holder_and_waiter(runner: Runner) -> None:
    """Long enough after ready() that the waiter is certain to wait."""
    running = runner.start_recording("hang.py", "holding")
    try:
        pid = running.wait_ready()
        # The waiter asks within a millisecond; its request stands in its state as "blocked on a
        # futex" in the kernel, which is waited for here instead of a time.
        _wait_until_blocked(pid)
        os.kill(pid, signal.SIGKILL)
        recording = running.finish()
    finally:
        running.kill()
    rows = {row.thread: row for row in recording.analysis.open}
    assert rows["MainThread"].holding
    assert not rows["waiter"].holding
    assert rows["waiter"].line.line == recording.truth["waiter"]


def _wait_until_blocked(pid: int) -> None:
    """Return once the other thread was seen in a futex wait many times in a row."""
    import time

    (other,) = [int(tid) for tid in os.listdir(f"/proc/{pid}/task") if int(tid) != pid]
    deadline = time.monotonic() + 20
    seen = 0
    while seen < 20 and time.monotonic() < deadline:
        channel = Path(f"/proc/{pid}/task/{other}/wchan").read_text()
        seen = seen + 1 if "futex" in channel else 0
        time.sleep(0.01)
    if seen < 20:
        # Where the kernel does not tell, a second of a program that does nothing else must do.
        time.sleep(1)


@pytest.mark.parametrize("mode", ["repeat", "threads", "nested", "decorator", "exception"])
def test_python_api(runner: Runner, mode: str) -> None:
    """Recordings that a program makes of itself."""
    plain = runner.plain("api_record.py", mode, runner.folder)
    import gilscope

    truth = plain.truth
    assert truth["slots_restored"] is True
    for path in truth["traces"]:
        trace = gilscope.load(path)
        assert trace.hold_count() > 0
        check_trace(trace)


def test_a_recorded_program_may_not_record_itself_twice(runner: Runner) -> None:
    """Under `run` the recorder is busy: record() says so and nothing breaks."""
    recording = runner.record("api_record.py", "under-run", runner.folder)
    assert "recorded already" in recording.truth["error"]
    check_trace(recording.trace)
