"""What is drawn: within its size, without overlaps, with the sums that the analysis has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import gilscope
from gilscope.analysis import analyze
from gilscope.export.activity import activity_of
from gilscope.export.counters import counters_of
from gilscope.export.formats import CHROME, FIREFOX, PERFETTO
from gilscope.export.lanes import Detail, Lanes
from gilscope.export.slices import Durations, SliceKind
from gilscope.export.subjects import subjects_of
from gilscope.export.writing import Wish, write
from support.randomtraces import HOSTILE, Shape, write_trace

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.export.formats import Format
    from gilscope.trace import Trace

DETAILS = [Detail(), Detail(60_000, 500), Detail(10**18, 16)]


@pytest.fixture(params=range(4))
def trace(request: pytest.FixtureRequest, tmp_path: Path) -> Trace:
    write_trace(tmp_path / "app.gil", request.param)
    return gilscope.load(tmp_path / "app.gil")


@pytest.mark.parametrize("detail", DETAILS)
def test_slices_keep_all_sums_and_do_not_overlap(trace: Trace, detail: Detail) -> None:
    threads = analyze(trace).threads
    slices = Lanes(trace, detail).of_threads(0)
    for thread in threads:
        mine = slices.select(slices.lane == thread.thread)
        assert mine.held_ns.sum() == round(thread.hold_s * 1e9)
        assert mine.waited_ns.sum() == round(thread.wait_s * 1e9)
        assert mine.holds.sum() == thread.acquires
        assert (mine.begin_ns[1:] >= mine.end_ns[:-1]).all()
    assert (
        sum(row.contended_acquires for row in threads) + 1 == slices.waits.sum()
    )  # one still does
    gil = Lanes(trace, detail).of_gil(0)
    assert gil.held_ns.sum() == slices.held_ns.sum()
    assert (gil.begin_ns[1:] >= gil.end_ns[:-1]).all()


def test_what_is_single_is_exact(trace: Trace) -> None:
    slices = Lanes(trace, Detail(60_000, 500)).of_threads(0)
    length = slices.end_ns - slices.begin_ns
    for kind, column in ((SliceKind.HOLD, slices.held_ns), (SliceKind.WAIT, slices.waited_ns)):
        single = slices.kind == kind
        assert single.any()
        assert (column[single] == length[single]).all()
    assert (slices.kind == SliceKind.MIXED).any()


def test_culprits_had_the_gil_for_longest(trace: Trace) -> None:
    slices = Lanes(trace, Detail()).of_threads(0)
    blocks = list(trace.hold_blocks(0))
    begin, end, thread = (
        np.concatenate([getattr(each, name) for each in blocks])
        for name in ("acquire_ns", "release_ns", "thread")
    )
    waits = slices.select(slices.kind == SliceKind.WAIT)
    assert len(waits) > 50
    for since, until, by, at in zip(
        waits.begin_ns, waits.end_ns, waits.by, waits.by_ns, strict=True
    ):
        overlap = np.minimum(end, until) - np.maximum(begin, since)
        if overlap.max() <= 0:
            assert by == 0
            continue
        best = np.flatnonzero(overlap == overlap.max())
        assert by in thread[best]
        assert ((begin[best] <= at) & (at <= end[best])).any()
        assert since <= at <= until


def test_activity_adds_up(trace: Trace) -> None:
    threads = {row.thread: row for row in analyze(trace).threads}
    activity = activity_of(trace, trace.end_ns // 50)
    for number, row in threads.items():
        mine = activity.thread == number
        held = activity.ns[mine & (activity.waits == 0)].sum()
        assert held == round(row.hold_s * 1e9)
        assert activity.ns[mine & (activity.waits == 1)].sum() == round(row.wait_s * 1e9)


@pytest.mark.parametrize("points", [1, 7, 1000])
def test_counters_average_what_slices_have(trace: Trace, points: int) -> None:
    slices = Lanes(trace, Detail()).of_threads(0)
    counters = counters_of(slices, trace.end_ns, points)
    width = np.diff(np.append(counters.begin_ns, trace.end_ns))
    assert (counters.held * width).sum() == pytest.approx(slices.held_ns.sum())
    assert (counters.waiting * width).sum() == pytest.approx(slices.waited_ns.sum())
    assert (counters.held <= 1.0001).all()


def test_durations_find_the_length_that_there_is_room_for() -> None:
    durations = Durations()
    lengths = np.random.default_rng(1).exponential(10_000, 5000).astype(np.int64)
    durations.add(lengths)
    assert durations.shortest_ns(5000) == 0
    for most in (4000, 100, 1):
        shortest = durations.shortest_ns(most)
        assert 0 < (lengths >= shortest).sum() <= most
        assert durations.at_least(shortest) <= most


@pytest.mark.parametrize("form", [CHROME, PERFETTO, FIREFOX])
def test_a_timeline_stays_small(form: Format, tmp_path: Path) -> None:
    write_trace(tmp_path / "app.gil", 1, Shape(holds=4000))
    sizes = []
    for most in (1000, 100_000):
        out = tmp_path / "out"
        with out.open("wb") as stream, gilscope.load(tmp_path / "app.gil") as trace:
            written = write(subjects_of(trace), Wish(form, "app.py", most=most), stream)
        sizes.append(out.stat().st_size)
        assert written.drawn is not None
        assert (written.drawn.shortest_ns > 0) == (most == 1000)
        assert written.drawn.single <= most
    assert sizes[0] < sizes[1] / 2


def test_names_cannot_break_chrome_events(tmp_path: Path) -> None:
    write_trace(tmp_path / "app.gil", 1, Shape(name=HOSTILE, function=HOSTILE))
    with (tmp_path / "x").open("wb") as stream, gilscope.load(tmp_path / "app.gil") as trace:
        write(subjects_of(trace), Wish(CHROME, "app.py", most=10_000), stream)
    events = json.loads((tmp_path / "x").read_text("ascii"))["traceEvents"]
    names = [each["args"]["name"] for each in events if each["name"] == "thread_name"]
    assert len(names) > 4
    assert all(name.isprintable() and len(name) < 2500 for name in names)
