"""Waits for locks are recorded as programs know them: who, where, how long, and who ended them."""

from __future__ import annotations

import os
import signal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gilscope.analysis.model import VerdictKind
from gilscope.trace import LockResult
from support.invariants import check_trace
from support.recording import Runner

if TYPE_CHECKING:
    from gilscope.trace import LockWaits, Trace
    from support.interpreters import Interpreter
    from support.recording import Recording

# Who has what is waited for: for a signal, a lock is taken twice by who waits.
OWNERS = {"lock": "MainThread", "rlock": "MainThread", "timeout": "MainThread", "event": "waiter"}


@pytest.fixture
def runner(any_interpreter: Interpreter, tmp_path: Path) -> Runner:
    """With and without a GIL."""
    return Runner(any_interpreter, tmp_path)


SLACK_NS = 50_000  # clocks of different cores, read by different functions


def line_in(trace: Trace, table: int, path: int, program: str) -> int:
    """The innermost line of a path that is the program's own; 0 if there is none."""
    frames = trace.paths(table).frames(path)
    return next((each.line for each in frames if Path(each.file).name == program), 0)


def lines(trace: Trace, waits: LockWaits, program: str) -> list[int]:
    places = zip(waits.table.tolist(), waits.path.tolist(), strict=True)
    return [line_in(trace, table, path, program) for table, path in places]


def rows_of(recording: Recording, program: str, wait: dict[str, Any]) -> LockWaits:
    """The waits of a thread in a line."""
    trace = recording.trace
    found = trace.lock_waits()
    zero_ns = trace.meta.start_monotonic_ns
    inside = found.begin_ns + zero_ns >= wait["before_ns"] - SLACK_NS
    inside &= found.end_ns + zero_ns <= wait["after_ns"] + SLACK_NS
    found = found.select(inside)
    names = np.array([trace.threads[each].name for each in found.thread.tolist()], str)
    here = np.array(lines(trace, found, program), np.int64) == wait["line"]
    return found.select(here & (names == wait["thread"]))


def check_owner(runner: Runner, trace: Trace, rows: LockWaits, owner: str) -> None:
    """Since 3.14, and without a GIL, nothing is called when a lock is taken that is free."""
    found = {trace.threads[each].name if each else "" for each in rows.owner.tolist()}
    interpreter = runner.interpreter
    if interpreter.version >= (3, 14) or interpreter.free_threaded:
        assert found <= {owner, ""}
    else:
        assert found == {owner}


def gil_wait_ns(trace: Trace, thread: int, since_ns: int, until_ns: int) -> int:
    """How long a thread waited for the GIL meanwhile."""
    waits = trace.waits()
    begin = np.maximum(waits.request_ns, since_ns - trace.meta.start_monotonic_ns)
    end = np.minimum(waits.acquire_ns, until_ns - trace.meta.start_monotonic_ns)
    return int(np.maximum(0, end - begin)[waits.thread == thread].sum())


def check_wake(trace: Trace, rows: LockWaits, wake: dict[str, Any], program: str) -> None:
    """The first row is what the program means; others wait for what the waker has meanwhile."""
    waker = int(rows.waker[0])
    assert waker, "it is not known who ended it"
    assert trace.threads[waker].name == wake["thread"]
    assert rows.begin_ns[0] <= rows.wake_ns[0] <= rows.end_ns[0]
    if "line" not in wake:
        return
    line = line_in(trace, int(rows.waker_gil[0]), int(rows.waker_path[0]), program)
    assert line == wake["line"]
    woken_ns = int(rows.wake_ns[0]) + trace.meta.start_monotonic_ns
    assert wake["before_ns"] - SLACK_NS <= woken_ns <= wake["after_ns"] + SLACK_NS


@pytest.mark.sanitizer
def test_every_kind_of_lock(runner: Runner) -> None:
    recording = runner.record("lock_waits.py", runner.folder)
    check_trace(recording.trace)
    assert recording.trace.meta.locks_recorded
    waits, wakes = recording.truth["waits"], recording.truth["wakes"]
    assert len(waits) == 14
    for kind, wait in waits.items():
        rows = rows_of(recording, "lock_waits.py", wait)
        assert len(rows), kind
        assert rows.lock.all(), kind
        if kind == "timeout":
            assert rows.result.tolist() == [LockResult.TIMED_OUT]
            assert not rows.waker.any()
        else:
            assert set(rows.result.tolist()) == {LockResult.GOT}, kind
            check_wake(recording.trace, rows, wakes[kind], "lock_waits.py")
        if kind in OWNERS:
            check_owner(runner, recording.trace, rows, OWNERS[kind])
        since_ns, until_ns = wait["before_ns"], wait["after_ns"]
        missed_ns = until_ns - since_ns - int(rows.wait_ns.sum())
        missed_ns -= gil_wait_ns(recording.trace, int(rows.thread[0]), since_ns, until_ns)
        assert missed_ns < 0.01 * recording.truth["wall_ns"], kind


def test_a_deadlock_that_is_killed(runner: Runner) -> None:
    running = runner.start_recording("deadlock.py")
    try:
        os.kill(running.wait_ready(), signal.SIGKILL)
        recording = running.finish()
    finally:
        running.kill()
    trace = recording.trace
    waits = trace.lock_waits()
    waits = waits.select(waits.result == LockResult.OPEN)
    names = [trace.threads[each].name for each in waits.thread.tolist()]
    assert sorted(names) == ["MainThread", "one", "two"]
    found = dict(zip(names, lines(trace, waits, "deadlock.py"), strict=True))
    assert found == {name: recording.truth["lines"][name] for name in names}
    assert not waits.waker.any()
    assert waits.lock.all()
    for mine, other in (("one", "two"), ("two", "one")):
        owner = waits.select(np.array(names) == mine).owner
        known = {trace.threads[each].name for each in owner.tolist() if each}
        assert known == {other} or (not known and runner.interpreter.free_threaded)
    assert len(set(waits.lock.tolist())) == 3
    assert (waits.end_ns == trace.end_ns).all()
    check_deadlock(runner, recording)


def check_deadlock(runner: Runner, recording: Recording) -> None:
    """It is told as such where it is known who had a lock: since 3.14, by stacks of who waits."""
    analysis = recording.analysis
    where = recording.truth["lines"]
    found = {row.thread: (row.line.line, row.in_cycle) for row in analysis.open_locks}
    knows = analysis.verdict.kind is VerdictKind.DEADLOCK
    assert knows or runner.interpreter.free_threaded
    assert found == {
        "one": (where["one"], knows),
        "two": (where["two"], knows),
        "MainThread": (where["MainThread"], False),
    }
    if knows:
        assert f"one waited at `deadlock.py:{where['one']}` for what two had" in (
            recording.told.summary
        )


@pytest.mark.parametrize("half", ["asleep", "given-up"])
def test_half_a_circle_is_no_deadlock(runner: Runner, half: str) -> None:
    """Who has a lock is said if it is known, and nobody else is said to have it."""
    running = runner.start_recording("deadlock.py", half)
    try:
        os.kill(running.wait_ready(), signal.SIGKILL)
        recording = running.finish()
    finally:
        running.kill()
    analysis, lines = recording.analysis, recording.truth["lines"]
    assert analysis.verdict.kind is not VerdictKind.DEADLOCK
    assert not any(row.in_cycle for row in analysis.open_locks)
    (row,) = [row for row in analysis.open_locks if row.thread == "one"]
    assert row.line.line == lines["one" if half == "asleep" else "wants"]
    exact = runner.interpreter.version < (3, 14) and not runner.interpreter.free_threaded
    assert row.owner == ("two" if exact else None)


@pytest.mark.sanitizer
def test_a_fork_while_a_lock_is_contended(runner: Runner) -> None:
    if runner.interpreter.sanitizer == "thread":
        pytest.skip("it ends a forked child that makes threads")
    recording = runner.record("lock_fork.py")
    assert recording.truth["child_exit"] == 0
    parent, child = recording.trace.processes
    for trace, name in ((parent, "of both"), (child, "of the child")):
        waits = trace.lock_waits()
        names = np.array([trace.threads[each].name for each in waits.thread.tolist()])
        assert set(names.tolist()) <= {name, "MainThread"}
        # since 3.13, a thread may also wait for its starter, before it runs anything
        inside = np.array(lines(trace, waits, "lock_fork.py")) > 0
        mine = waits.select(inside & (names == name))
        assert mine.result.tolist() == [LockResult.GOT]
        assert trace.threads[int(mine.waker[0])].name == "MainThread"


@pytest.mark.sanitizer
@pytest.mark.parametrize("count", [1, 5])
def test_signals_interrupt_a_wait(runner: Runner, count: int) -> None:
    recording = runner.record("lock_signals.py", count)
    assert recording.truth["seen"] == count
    rows = rows_of(recording, "lock_signals.py", recording.truth)
    assert rows.result.tolist() == [LockResult.INTERRUPTED] * count + [LockResult.GOT]
    assert len(set(rows.lock.tolist())) == 1
    assert rows.waker.tolist()[:-1] == [0] * count
    trace = recording.trace
    assert trace.threads[int(rows.waker[-1])].name == "interrupts"


@pytest.mark.sanitizer
def test_locks_are_made_and_freed(runner: Runner) -> None:
    recording = runner.record("lock_churn.py", 200)
    check_trace(recording.trace)
    names = {number: thread.name for number, thread in recording.trace.threads.items()}
    blocked = 0
    for owners in recording.truth["owners"]:
        for (last, *_), (name, before_ns, after_ns) in pairwise(owners):
            wait = {"thread": name, "before_ns": before_ns, "after_ns": after_ns}
            rows = rows_of(recording, "lock_churn.py", wait | {"line": recording.truth["line"]})
            if len(rows):
                blocked += 1
                assert names[int(rows.waker[-1])] == last
    assert blocked > len(recording.truth["owners"])


def test_two_thousand_threads_wait_for_one_lock(runner: Runner) -> None:
    """Each of them was woken by the one that had the lock before it."""
    recording = runner.record("lock_many.py", 2_000)
    trace, truth = recording.trace, recording.truth
    check_trace(trace)
    waits = trace.lock_waits()
    here = np.array(lines(trace, waits, "lock_many.py"), np.int64) == truth["line"]
    # Where the lock is not known, it is the interpreter's own: of the queue of those that wait.
    waits = waits.select(here & (waits.result == LockResult.GOT) & (waits.lock > 0))
    names = {number: thread.name for number, thread in trace.threads.items()}
    last = {names[t]: names.get(w) for t, w in zip(waits.thread, waits.waker, strict=True)}
    order = truth["order"]
    # One that was not blocked yet when the lock was given up has not waited.
    assert len(last) >= 0.99 * (len(order) - 1)
    known = [pair for pair in pairwise(order) if pair[1] in last]
    wrong = [(before, after, last[after]) for before, after in known if last[after] != before]
    assert not wrong


def test_what_the_owner_does_meanwhile(runner: Runner) -> None:
    recording = runner.record("lock_owner.py")
    truth = recording.truth
    here = [row for row in recording.analysis.locks if row.waiter.line == truth["waiter"]]
    waited_s = sum(row.wait_s for row in here)
    at_owner_s = sum(row.wait_s for row in here if row.owner and row.owner.line == truth["owner"])
    assert waited_s == pytest.approx(truth["waited_s"], rel=0.1)
    if not runner.interpreter.has_gil:
        return  # what the owner does is not seen, but where it lets go: test_without_gil.py
    assert at_owner_s > 0.9 * waited_s
    assert here[0].waits > truth["rounds"]
