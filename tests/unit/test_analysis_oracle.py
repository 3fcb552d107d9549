"""The vectorised analysis against definitions computed event by event, over random traces."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gilscope.analysis import analyze
from gilscope.analysis.stalls import MAX_STALLS
from gilscope.trace import load
from support import analysisoracle as oracle
from support.tracewriter import UNMEASURED, TraceWriter, holds_array

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.analysis.model import Analysis, Line

INTERVAL_NS = 50
SITES = 5
BUCKETS = 7
HOLDING, WAITING = 1, 2

# Threads of different GILs are different, as a thread cannot be in two at once.
step = st.tuples(
    st.integers(0, 3),  # thread
    st.integers(0, 30),  # gap before the hold
    st.integers(0, 200),  # its length
    st.floats(0, 1),  # how much of the time since its last release it had waited
    st.booleans(),  # whether it waited at all
    st.integers(1, SITES),
)
gil_steps = st.lists(step, min_size=1, max_size=25)


def build(number: int, steps: list[tuple[int, int, int, float, bool, int]]) -> oracle.Gil:
    now = 1
    last: dict[int, int] = defaultdict(lambda: 1)
    holds = []
    for local, gap, length, part, waited, site in steps:
        thread = 1 + number * 4 + local
        acquire = now + gap
        request = acquire - int((acquire - last[thread]) * part) if waited else acquire
        now = last[thread] = acquire + length
        holds.append(oracle.Hold(request, acquire, now, thread, site))
    return oracle.Gil(holds)


def leave_open(gil: oracle.Gil, number: int, end: int, what: list[int], since: int) -> None:
    """Add a hold and waits that were open at the end."""
    last = {hold.thread: hold.release for hold in gil.holds}
    threads = [1 + number * 4 + local for local in what]
    final = gil.holds[-1].release
    for position, thread in enumerate(threads):
        request = max(last.get(thread, 1), min(since, end))
        if position == 0:
            acquire = max(request, final)
            gil.holds.append(oracle.Hold(request, acquire, end, thread, SITES + 1))
        elif request < end:
            gil.still_waiting.append(oracle.Wait(request, end, thread))


def write(path: Path, gils: list[oracle.Gil], end: int, *, open_from: list[int]) -> None:
    with TraceWriter(path, smallest_extent=4096) as out:
        out.meta(switch_interval_ns=INTERVAL_NS)
        for number, gil in enumerate(gils):
            lines = [10 * (number + 1) + i for i in range(SITES + 3)]
            out.code(1, f"f{number}", "/home/me/app.py", lines, table=number)
            paths = range(1, SITES + 3)
            out.paths([(i, 0, 1, 2 * i) for i in paths], table=number)
            out.sites([(i, i, i % 2) for i in range(1, SITES + 1)], gil=number)
            closed = gil.holds[: open_from[number]]
            out.holds(holds_array(closed), gil=number)
            resumes = [
                (row, 0, UNMEASURED, SITES + 2)
                for row, hold in enumerate(closed)
                if hold.request < hold.acquire and row % 3 == 0
            ]
            out.resumes(resumes, gil=number)
            rows = [
                (hold.thread, number, HOLDING, SITES + 1, hold.request, hold.acquire)
                for hold in gil.holds[open_from[number] :]
            ]
            rows += [
                (wait.thread, number, WAITING, SITES + 2, wait.request, 0)
                for wait in gil.still_waiting
            ]
            out.open(rows)
        threads = {hold.thread for gil in gils for hold in gil.holds}
        threads |= {wait.thread for gil in gils for wait in gil.still_waiting}
        for thread in sorted(threads):
            out.thread(thread, f"t{thread}", 0, end, ended=False)
        out.meta(end_ns=end)


def line_of(number: int, site: int) -> int:
    return 10 * (number + 1) + site


def nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(gil_steps, min_size=1, max_size=3),
    open_threads=st.lists(st.integers(0, 3), unique=True, max_size=4),
    since=st.integers(1, 6000),
    after=st.integers(1, 400),
    block_rows=st.sampled_from([1, 2, 3, 7, 1000]),
)
def test_agrees_with_the_definitions(
    tmp_path: Path,
    steps: list[list[tuple[int, int, int, float, bool, int]]],
    open_threads: list[int],
    since: int,
    after: int,
    block_rows: int,
) -> None:
    gils = [build(number, each) for number, each in enumerate(steps)]
    end = max(gil.holds[-1].release for gil in gils) + after
    open_from = [len(gil.holds) for gil in gils]
    leave_open(gils[0], 0, end, open_threads, since)
    path = tmp_path / "t.gil"
    write(path, gils, end, open_from=open_from)
    with load(path) as trace:
        analysis = analyze(trace, timeline_buckets=BUCKETS, block_rows=block_rows)
    assert analysis.warnings == ()
    check_gil(analysis, gils, end)
    check_threads(analysis, gils, end)
    check_blame(analysis, gils)
    check_victims(analysis, gils, open_from)
    check_stalls(analysis, gils)


def check_gil(analysis: Analysis, gils: list[oracle.Gil], end: int) -> None:
    assert nanoseconds(analysis.gil.contended_fraction * end / 1e9) == oracle.contended_ns(gils[0])
    held = sum(hold.release - hold.acquire for hold in gils[0].holds)
    assert nanoseconds(analysis.gil.held_fraction * end / 1e9) == held
    assert analysis.gil.acquires == sum(len(gil.holds) for gil in gils)
    contended = sum(hold.request < hold.acquire for gil in gils for hold in gil.holds)
    assert analysis.gil.contended_acquires == contended
    forced = sum(hold.site % 2 for gil in gils for hold in gil.holds if hold.site <= SITES)
    assert analysis.gil.forced_releases == forced


def check_threads(analysis: Analysis, gils: list[oracle.Gil], end: int) -> None:
    for row in analysis.threads:
        holds = [hold for gil in gils for hold in gil.holds if hold.thread == row.thread]
        waits = oracle.waits_of(gils, row.thread)
        assert nanoseconds(row.hold_s) == sum(hold.release - hold.acquire for hold in holds)
        assert nanoseconds(row.wait_s) == sum(waits)
        total = sum(map(nanoseconds, (row.hold_s, row.wait_s, row.off_gil_s)))
        assert total == nanoseconds(row.lifetime_s) == end
        assert row.acquires == len(holds)
        longest = max((hold.release - hold.acquire for hold in holds), default=0)
        assert nanoseconds(row.longest_hold_s) == longest
        assert nanoseconds(row.longest_wait_s) == max(waits, default=0)
        for value, fraction in ((row.wait_p50_s, 0.5), (row.wait_p99_s, 0.99)):
            expected = oracle.percentile(waits, fraction)
            assert value * 1e9 == pytest.approx(expected, rel=0.01)
        intervals = [(hold.acquire, hold.release) for hold in holds]
        pauses = [(w.request, w.end) for gil in gils for w in gil.waits if w.thread == row.thread]
        for bucket in range(BUCKETS):
            edges = bucket * end // BUCKETS, (bucket + 1) * end // BUCKETS
            if edges[0] < edges[1]:
                held, waited = (oracle.share(some, *edges) for some in (intervals, pauses))
                assert row.timeline.holding[bucket] == pytest.approx(held, abs=1e-9)
                assert row.timeline.waiting[bucket] == pytest.approx(waited, abs=1e-9)
                rest = row.timeline.asleep[bucket] + row.timeline.computing[bucket]
                assert rest == pytest.approx(1 - held - waited, abs=1e-9)


def check_blame(analysis: Analysis, gils: list[oracle.Gil]) -> None:
    expected: dict[int, int] = {}
    costs: dict[tuple[str, int, str], int] = {}
    for number, gil in enumerate(gils):
        for site, much in oracle.blame_by_site(gil).items():
            expected[line_of(number, site)] = much
        for (culprit, site, victim), much in oracle.pairs(gil).items():
            costs[f"t{culprit}", line_of(number, site), f"t{victim}"] = much
    assert {row.line.line: nanoseconds(row.caused_wait_s) for row in analysis.blame} == expected
    values = [row.caused_wait_s for row in analysis.blame]
    assert values == sorted(values, reverse=True)
    found = {
        (row.culprit, row.culprit_line.line, row.victim): nanoseconds(row.wait_s)
        for row in analysis.pairs
    }
    largest = sorted(costs.values(), reverse=True)[: len(found)]
    assert sorted(found.values(), reverse=True) == largest
    assert len(found) == min(50, len(costs))
    assert found.items() <= costs.items()


def check_victims(analysis: Analysis, gils: list[oracle.Gil], open_from: list[int]) -> None:
    expected: dict[int, list[int]] = defaultdict(list)
    for number, gil in enumerate(gils):
        for row, hold in enumerate(gil.holds):
            if hold.request == hold.acquire:
                continue
            wait = oracle.Wait(hold.request, hold.acquire, hold.thread)
            if row >= open_from[number]:
                site = SITES + 1
            elif row % 3 == 0:
                site = SITES + 2
            else:
                site = oracle.previous_site(oracle.Gil(gil.holds[:row]), wait) or -10 * (number + 1)
            expected[line_of(number, site)].append(wait.end - wait.request)
        for wait in gil.still_waiting:
            expected[line_of(number, SITES + 2)].append(wait.end - wait.request)
    found = {
        row.line.line: (nanoseconds(row.wait_s), row.waits, nanoseconds(row.longest_wait_s))
        for row in analysis.victims
    }
    assert found == {line: (sum(w), len(w), max(w)) for line, w in expected.items()}


def check_stalls(analysis: Analysis, gils: list[oracle.Gil]) -> None:
    shortest = INTERVAL_NS
    found = [
        (number, stall)
        for number, gil in enumerate(gils)
        for stall in oracle.stalls(gil, INTERVAL_NS, shortest)
    ]
    assert analysis.stall_count == len(found)
    lengths = sorted((stall.stall_ns for _, stall in found), reverse=True)[:MAX_STALLS]
    assert [nanoseconds(row.stall_s) for row in analysis.stalls] == lengths
    described = {
        (stall.hold.acquire, stall.stall_ns, stall.waiters, line_of(number, stall.hold.site))
        for number, stall in found
    }
    for row in analysis.stalls:
        key = (nanoseconds(row.start_s), nanoseconds(row.stall_s), row.waiters, row.line.line)
        assert key in described
    longest: dict[Line, float] = defaultdict(float)
    for row in analysis.stalls:
        longest[row.line] = max(longest[row.line], row.stall_s)
    if analysis.stall_count <= MAX_STALLS:
        for cause in analysis.blame:
            assert cause.longest_stall_s == pytest.approx(longest[cause.line])
