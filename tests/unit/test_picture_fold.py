"""What is folded says as much of each lane as before, in fewer spans."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.picture.columns import ALL_OF_IT, LARGEST, segments_of, tick_ns
from gilscope.picture.fold import Folded, fold
from gilscope.picture.lengths import Lengths
from gilscope.picture.spans import STATES, Spans, joined, mixed, spans
from gilscope.picture.states import State
from gilscope.picture.turns import Life, taking_turns

if TYPE_CHECKING:
    import numpy.typing as npt

LANES = 3
piece = st.tuples(
    st.integers(0, LANES - 1),  # lane
    st.integers(0, 40),  # nothing before it
    st.integers(0, 400),  # its length
    st.integers(0, STATES),  # its state; the last is a mixture
)


def made_of(pieces: list[tuple[int, int, int, int]]) -> Spans:
    now = [0] * LANES
    found = []
    for lane, gap, length, state in pieces:
        begin = now[lane] + gap
        now[lane] = end = begin + length
        where, since, until = (np.array([each], np.int64) for each in (lane, begin, end))
        if state < STATES:
            found.append(spans(where, since, until, state, place=state, culprit=lane))
        else:
            parts = np.zeros((1, STATES))
            parts[0, [State.HOLD, State.OFF]] = length / 4, length / 2
            found.append(mixed(where, since, until, parts, place=state))
    return joined(found).in_order()


def sums(some: Spans) -> npt.NDArray[np.float64]:
    return some.by_state(some.lane, LANES)


@given(st.lists(piece, max_size=60), st.integers(0, 600))
def test_folding_keeps_sums_and_order(
    pieces: list[tuple[int, int, int, int]], exact_ns: int
) -> None:
    before = made_of(pieces)
    after = fold(before, exact_ns)
    assert len(after) <= len(before)
    assert sums(after) == pytest.approx(sums(before))
    assert after.count.sum() == before.count.sum()
    follows = (after.lane[1:] == after.lane[:-1]) & (after.begin_ns[1:] < after.end_ns[:-1])
    assert not follows.any()
    # What is long is there as it was.
    long = {tuple(row) for row in rows(before) if row[2] - row[1] >= max(exact_ns, 1)}
    assert long <= {tuple(row) for row in rows(after)}


def rows(some: Spans) -> list[list[int]]:
    columns = (some.lane, some.begin_ns, some.end_ns, some.state, some.place)
    return [list(row) for row in zip(*(each.tolist() for each in columns), strict=True)]


@given(st.lists(piece, min_size=1, max_size=200), st.integers(LANES, 40), st.integers(1, 50))
def test_folded_in_blocks_is_as_much_as_was_added(
    pieces: list[tuple[int, int, int, int]], most: int, block: int
) -> None:
    whole = made_of(pieces)
    by_time = whole.select(np.argsort(whole.begin_ns, kind="stable"))
    folded = Folded(most)
    for first in range(0, len(by_time), block):
        folded.add(by_time.select(slice(first, first + block)))
    found = folded.finish()
    assert len(found) <= most
    assert sums(found) == pytest.approx(sums(whole))


def test_folding_ends_where_there_are_more_lanes_than_room() -> None:
    folded = Folded(1)
    folded.add(made_of([(lane, 1, 50, State.HOLD) for lane in (0, 1, 2, 0, 1, 2)]))
    assert folded.finish().lane.tolist() == [0, 1, 2]


@given(st.lists(piece, min_size=1, max_size=60), st.sampled_from([1, 2, 5, 50]))
def test_columns_say_what_spans_say(pieces: list[tuple[int, int, int, int]], tick: int) -> None:
    some = made_of(pieces)
    columns = segments_of(some, tick)
    gap, duration = columns["gap"].astype(np.int64), columns["duration"].astype(np.int64)
    for lane in np.unique(some.lane).tolist():
        mine = some.lane == lane
        end = np.cumsum((gap + duration)[mine]) * tick
        assert np.abs(end - some.end_ns[mine]).max() <= tick
        assert np.abs(end - duration[mine] * tick - some.begin_ns[mine]).max() <= tick
    is_mixed = columns["state"] == State.MIXED
    assert len(columns["mix_hold"]) == is_mixed.sum() == len(columns["mix_spans"])
    held = columns["mix_hold"] / ALL_OF_IT * some.length_ns[is_mixed]
    assert (
        np.abs(held - some.parts[some.mix[is_mixed], State.HOLD]).max(initial=0) <= 1 + 0.001 * 400
    )


def test_a_tick_fits_the_run_and_what_is_exact() -> None:
    assert tick_ns(10**9, 0) == 1
    assert tick_ns(10 * 10**9, 0) == 5
    assert tick_ns(86_400 * 10**9, 0) == 50_000
    assert tick_ns(10**9, 2_000_000) == 2_000
    for end_ns in (1, 2**32 - 1, 2**32, 10**15):
        assert end_ns / tick_ns(end_ns, 0) <= LARGEST


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=300))
def test_percentiles_are_close(lengths: list[int]) -> None:
    counted = Lengths()
    counted.add(np.array(lengths, np.int64))
    found = counted.found()
    assert found is not None
    assert sum(found.counts) == len(lengths)
    assert found.max_s == pytest.approx(max(lengths) / 1e9)
    ordered = np.maximum(1, np.sort(lengths))
    for fraction, seconds in ((0.5, found.p50_s), (0.9, found.p90_s), (0.99, found.p99_s)):
        exact = ordered[max(0, int(np.ceil(len(ordered) * fraction)) - 1)] / 1e9
        assert seconds == pytest.approx(exact, rel=0.011, abs=1e-9)


def test_what_is_summed_up_counts_as_if_it_were_alike() -> None:
    counted = Lengths()
    counted.add(np.array([1_000]), np.array([10]), np.array([400]))
    found = counted.found()
    assert found is not None
    assert sum(found.counts) == 10
    assert found.p50_s == pytest.approx(100e-9, rel=0.011)
    assert found.max_s == pytest.approx(400e-9)
    assert Lengths().found() is None


lives = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=40)


@given(lives)
def test_turns_take_as_few_rows_as_there_were_at_once(given_lives: list[tuple[int, int]]) -> None:
    some = [Life(n, start, start + length) for n, (start, length) in enumerate(given_lives)]
    found = taking_turns(some)
    assert sorted(each for row in found for each in row) == list(range(len(some)))
    for row in found:
        for one, next_ in itertools.pairwise(row):
            assert some[one].end_ns <= some[next_].start_ns
    moments = [each.start_ns for each in some if each.end_ns > each.start_ns]
    at_once = [sum(e.start_ns <= at < e.end_ns for e in some) for at in moments]
    if all(each.end_ns > each.start_ns for each in some):
        assert len(found) == max(at_once, default=0)
