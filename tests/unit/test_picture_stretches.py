"""In a long recording some stretches are as recorded, hold by hold; the rest keeps its sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gilscope
from gilscope.cli import main
from gilscope.picture.columns import segments_of, step_of
from gilscope.picture.fold import Folded, fold
from gilscope.picture.spans import spans
from gilscope.picture.states import State
from gilscope.picture.stretches import Kept, Stretch, StretchKind
from support.pagefigures import check_figures
from support.pagetraces import random_trace
from support.webpage import WebPage, read_page

if TYPE_CHECKING:
    from pathlib import Path

    from gilscope.picture.spans import Spans


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[WebPage, Path]:
    folder = tmp_path_factory.mktemp("long")
    random_trace(folder / "app.gil", 1, holds=60_000, threads=12)
    command = ["report", str(folder / "app.gil"), "-o", str(folder / "x.html")]
    assert main(command) == 0
    return read_page(folder / "x.html"), folder / "app.gil"


def test_each_hold_in_an_exact_stretch_is_there_for_itself(long_run: tuple[WebPage, Path]) -> None:
    page, path = long_run
    tick = page.picture["tick_ns"]
    stretches = [
        (each["from_s"] * 1e9, each["to_s"] * 1e9, each["kind"]) for each in page.picture["exact"]
    ]
    assert {kind for *_, kind in stretches} >= {"first", "wait"}
    with gilscope.load(path) as trace:
        rows = trace.holds()
    lanes = {lane["thread"]: lane for lane in page.picture["lanes"] if lane["kind"] == "thread"}
    segments = {thread: page.segments(lane) for thread, lane in lanes.items()}
    checked = 0
    for from_ns, to_ns, _ in stretches:
        inside = (rows["acquire_ns"] < to_ns) & (rows["release_ns"] > from_ns)
        expected = {
            (int(row["thread"]), int(row["acquire_ns"]), int(row["release_ns"]))
            for row in rows[inside]
        }
        found = {
            (thread, each.begin_ns, each.end_ns)
            for thread, some in segments.items()
            for each in some
            if each.shares.get("hold", 0) > 0 and each.begin_ns < to_ns and each.end_ns > from_ns
        }
        assert len(found) >= len(expected)
        for thread, begin_ns, end_ns in expected:
            assert any(
                each[0] == thread
                and abs(each[1] - begin_ns) <= tick
                and abs(each[2] - end_ns) <= tick
                for each in found
            )
        checked += len(expected)
    assert checked > 500


def test_folded_and_exact_together_keep_all_sums(long_run: tuple[WebPage, Path]) -> None:
    page, _ = long_run
    assert all(lane["exact_ns"] > 0 for lane in page.picture["lanes"])
    assert any(each.spans > 1 for each in page.segments(page.picture["lanes"][0]))
    assert any("drawn as recorded all the same" in each for each in page.picture["said"])
    check_figures(page)


def test_a_short_run_has_no_need_of_stretches(tmp_path: Path) -> None:
    random_trace(tmp_path / "app.gil", 2, holds=40)
    assert main(["report", str(tmp_path / "app.gil"), "-o", str(tmp_path / "x.html")]) == 0
    assert read_page(tmp_path / "x.html").picture["exact"] == []


def turns(count: int, length_ns: int) -> Spans:
    """Two lanes in turns, without gaps between them."""
    begin = np.arange(count, dtype=np.int64) * length_ns
    lane = np.arange(count, dtype=np.int64) % 2
    return spans(lane, begin, begin + length_ns, State.HOLD).in_order()


window = st.tuples(st.integers(0, 9_000), st.integers(1, 2_000))


@given(st.lists(window, max_size=4), st.integers(20, 3_000))
def test_what_is_kept_is_not_folded(windows: list[tuple[int, int]], exact_ns: int) -> None:
    some = turns(500, 20)
    stretches = [Stretch(StretchKind.WAIT, begin, begin + size) for begin, size in windows]
    after = fold(some, exact_ns, Kept(stretches))
    assert after.count.sum() == 500
    assert after.by_state(after.lane, 2) == pytest.approx(some.by_state(some.lane, 2))
    columns = (after.lane, after.begin_ns, after.end_ns)
    rows = set(zip(*(each.tolist() for each in columns), strict=True))
    for each in stretches:
        for lane, begin, end in zip(
            some.lane.tolist(), some.begin_ns.tolist(), some.end_ns.tolist(), strict=True
        ):
            if begin < each.to_ns and end > each.from_ns:
                assert (lane, begin, end) in rows
        # Nothing that is folded reaches into what is exact.
        mixed = after.count > 1
        reaches = (after.begin_ns < each.to_ns) & (after.end_ns > each.from_ns)
        assert not (mixed & reaches).any()


def test_stretches_with_too_much_are_given_up_from_the_last() -> None:
    stretches = [
        Stretch(StretchKind.FIRST, 0, 1_000),
        Stretch(StretchKind.WAIT, 100_000, 110_000),
        Stretch(StretchKind.BLAME, 0, 10_000_000),
    ]
    folded = Folded(2_000, stretches=stretches)
    folded.add(turns(100_000, 20))
    found = folded.finish()
    assert folded.stretches == stretches[:2]
    assert len(found) <= 2_000
    assert found.count.sum() == 100_000


def test_coarse_edges_are_rounded_and_exact_ones_are_not() -> None:
    assert step_of(0, 1) == 1
    assert step_of(1_000_000, 1) == 512
    some = turns(40, 1_003).select(slice(0, 20))  # one lane
    steps = np.where(np.arange(20) < 10, 256, 1)
    columns = segments_of(some, 1, steps)
    edges = np.cumsum(np.stack([columns["gap"], columns["duration"]], axis=1).ravel())
    begin, end = edges[0::2].astype(np.int64), edges[1::2].astype(np.int64)
    assert (begin[10:] == some.begin_ns[10:]).all()
    assert (end[10:] == some.end_ns[10:]).all()
    assert (begin[:9] % 256 == 0).all()
    assert (np.abs(begin[:10] - some.begin_ns[:10]) <= 128).all()
