"""Timelines, read by Perfetto's own trace processor: figures are those of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.viewers import queried

if TYPE_CHECKING:
    from conftest import Recorded

PROBLEMS = "select name, value from stats where severity != 'info' and value > 0"
FORMATS = ["x.perfetto-trace", "x.json.gz"]


def summed(what: str) -> str:
    """The sum of an argument over threads' slices that stand for several holds and waits."""
    return (
        "select coalesce(sum(int_value), 0) from args join slice using (arg_set_id)"
        f" where args.key glob '*.{what}' and slice.name = 'takes turns'"
    )


def lasted(name: str) -> str:
    return f"select coalesce(sum(dur), 0) from slice where name = '{name}'"


@pytest.mark.parametrize("name", FORMATS)
def test_sums_are_those_of_the_report(recorded: Recorded, name: str) -> None:
    queries = (
        PROBLEMS,
        lasted("has the GIL"),
        summed("held_ns"),
        lasted("waits for the GIL"),
        summed("waited_ns"),
    )
    problems, held, more_held, waited, more_waited = queried(recorded.export(name), *queries)
    assert problems == []
    hold_ns, wait_ns = held[0][0] + more_held[0][0], waited[0][0] + more_waited[0][0]
    assert wait_ns == pytest.approx(1e9 * recorded.wait_s, abs=1)
    if recorded.is_limited:
        assert 0 < hold_ns < 1e9 * recorded.hold_s
    else:
        assert hold_ns == pytest.approx(1e9 * recorded.hold_s, abs=10)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_lost_where_little_is_single(recorded: Recorded, name: str) -> None:
    queries = (
        PROBLEMS,
        "select count(*) from slice where name in ('has the GIL', 'waits for the GIL')",
        lasted("has the GIL"),
        summed("held_ns"),
        lasted("waits for the GIL"),
        summed("waited_ns"),
    )
    whole = queried(recorded.export(name), *queries)
    short = queried(recorded.export(f"short-{name}", "--most", "1000"), *queries)
    assert short[0] == []
    assert short[1][0][0] <= 1000
    assert short[1][0][0] <= whole[1][0][0]
    for first in (2, 4):
        sums = [rows[first][0][0] + rows[first + 1][0][0] for rows in (whole, short)]
        assert sums[0] == sums[1]


@pytest.mark.parametrize("name", FORMATS)
def test_processes_and_threads(recorded: Recorded, name: str) -> None:
    processes, threads = queried(
        recorded.export(name),
        "select pid from process where pid > 0",
        "select thread.name, tid, pid from thread join process using (upid) where pid > 0",
    )
    pids = {each["pid"] for each in recorded.report["processes"] if each["recorded"]}
    assert {pid for (pid,) in processes} == pids
    found = {(thread, tid) for thread, tid, _ in threads}
    main = recorded.report["run"]["pid"]
    for thread in recorded.report["threads"]:
        tid = main if thread["name"] == "MainThread" else thread["tid"]
        assert (thread["name"], tid) in found


@pytest.mark.parametrize("name", FORMATS)
def test_arrows_lead_from_who_made_wait_to_who_waited(recorded: Recorded, name: str) -> None:
    waits, arrows, wakes = queried(
        recorded.export(name),
        "select count(*) from slice where name = 'waits for the GIL'",
        "select o.track_id, i.track_id, o.ts, i.ts from flow"
        " join slice o on slice_out = o.id join slice i on slice_in = i.id"
        " where o.name = 'makes wait' and i.name = 'makes wait'",
        "select count(*) from flow join slice o on slice_out = o.id where o.name = 'wakes'",
    )
    assert len(arrows) <= waits[0][0]
    assert bool(arrows) == bool(waits[0][0])
    assert all(origin != target and at <= then for origin, target, at, then in arrows)
    woken = recorded.report["locks"] or recorded.report["without_gil"]
    assert bool(wakes[0][0]) == bool(woken)


def test_counters_are_shares_of_the_time(recorded: Recorded) -> None:
    (values,) = queried(
        recorded.export("x.perfetto-trace"),
        "select track.name, min(value), max(value) from counter"
        " join track on track_id = track.id group by track.name",
    )
    for name, low, high in values:
        assert low >= 0
        assert high <= (100.001 if "held" in name else len(recorded.report["threads"]) + 0.001)
