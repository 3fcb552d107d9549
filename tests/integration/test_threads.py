"""Threads of every origin are counted, named and told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.invariants import check_trace
from support.native import compile_library

if TYPE_CHECKING:
    from support.recording import Runner


STATES = ("holding", "waiting", "computing", "asleep")


def test_names(runner: Runner) -> None:
    recording = runner.record("names.py")
    names = [thread.name for thread in recording.trace.threads.values()]
    assert sorted(names) == sorted(recording.truth["names"])


def test_threads_made_by_c_code(runner: Runner) -> None:
    library = compile_library("threads", runner.folder, runner.interpreter.include)
    recording = runner.record("capi_threads.py", library, 6)
    assert recording.truth["status"] == 0
    check_trace(recording.trace)
    assert len(recording.trace.threads) == recording.truth["threads"]


@pytest.mark.sanitizer
def test_a_thousand_threads_at_once(runner: Runner) -> None:
    count = 200 if runner.interpreter.sanitizer else 1000
    recording = runner.record("many_threads.py", count)
    check_trace(recording.trace)
    assert len(recording.trace.threads) == recording.truth["threads"]
    names = {thread.name for thread in recording.trace.threads.values()}
    assert {f"one of many {i}" for i in range(count)} <= names


@pytest.mark.slow
@pytest.mark.sanitizer
@pytest.mark.timeout(600)
def test_many_threads_one_after_another(runner: Runner) -> None:
    """Memory must not grow with their number: more threads than the recorder has cells, on one."""
    one = runner.interpreter.tag == "3.13"
    count = 2_000 if runner.interpreter.sanitizer else 70_000 if one else 10_000
    recording = runner.record("thread_churn.py", count, patience_s=500)
    truth = recording.truth
    if runner.interpreter.sanitizer:
        return  # it keeps freed memory on purpose
    check_trace(recording.trace)
    assert len(recording.trace.threads) == truth["threads"]
    grown = truth["after_bytes"] - truth["before_bytes"]
    # Buffers of a bounded size come into use; per thread that would be 20 bytes at the most.
    assert grown < 4 << 20, f"{grown / count:.0f} bytes for each thread"


@pytest.mark.sanitizer
def test_subinterpreters_have_gils_of_their_own(runner: Runner) -> None:
    recording = runner.record("subinterpreters.py", 3)
    trace = recording.trace
    if runner.interpreter.sanitizer == "thread":
        return
    check_trace(trace)
    assert len(trace.gils) == recording.truth["gils"]
    if len(trace.gils) > 1:
        # They ran at the same time: nobody waited for anybody, each in its own GIL.
        for gil in trace.gils:
            assert trace.hold_count(gil) > 0


def test_free_threaded_build_without_its_gil_is_unharmed(any_runner: Runner) -> None:
    recording = any_runner.record("lifetimes.py")
    assert len(recording.truth["life"]) == 8


@pytest.mark.parametrize("count", [2, 421])
def test_a_thread_for_each_request(runner: Runner, count: int) -> None:
    """They have a row together, which sums up theirs; few are shown one by one."""
    analysis = runner.record("thread_per_request.py", count).analysis
    rows = {row.thread: row for row in analysis.threads}
    assert len(rows) == count + 2
    if count == 2:
        assert not analysis.groups
        return
    (group,) = (each for each in analysis.groups if len(each.threads) == count)
    assert group.task is not None
    assert group.task.function.endswith("do_GET")
    members = [rows[number] for number in group.threads]
    assert all("process_request_thread" in row.name for row in members)
    assert abs(group.hold_s - sum(row.hold_s for row in members)) < 1e-9
    assert abs(group.wait_s - sum(row.wait_s for row in members)) < 1e-9
    assert group.longest_wait_s == max(row.longest_wait_s for row in members)
    assert group.wait_p99_s <= group.longest_wait_s
    states = zip(*(getattr(group.timeline, name) for name in STATES), strict=True)
    assert all(sum(shares) <= 1 + 1e-9 for shares in states)
    assert any(group.timeline.holding)
