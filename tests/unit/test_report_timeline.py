"""A timeline's glyphs: about as many of each as there was of it, and none where there was none."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gilscope.analysis.model import Timeline
from gilscope.report.terminal.timeline import row
from support.analyses import phases, steady


@given(
    st.tuples(*[st.floats(0.2, 1.0)] * 4),
    st.integers(10, 100),
    st.floats(-0.5, 0.5),
)
def test_steady_shares_are_counts(weights: tuple[float, ...], width: int, phase: float) -> None:
    shares = [weight / sum(weights) for weight in weights]
    counts = Counter(row(steady(*shares), width, phase).plain)
    for glyph, share in zip("▇░▒·", shares, strict=True):
        assert counts[glyph] == pytest.approx(share * width, abs=2.5)


def test_time_runs_from_left_to_right() -> None:
    timeline = phases((30, 1, 0, 0, 0), (30, 0, 1, 0, 0), (30, 0, 0, 1, 0), (30, 0, 0, 0, 1))
    assert row(timeline, 12).plain == "▇▇▇░░░▒▒▒···"


def test_no_cell_shows_what_did_not_happen_in_it() -> None:
    timeline = phases((40, 0.4, 0.6, 0, 0), (40, 0, 0, 0, 1), (40, 0, 0, 0, 0))
    plain = row(timeline, 12, 0.5).plain
    assert set(plain[:4]) == {"▇", "░"}
    assert plain[4:] == "····    "


def test_more_cells_than_buckets_and_none_at_all() -> None:
    assert row(Timeline((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (0.0, 0.0)), 6).plain == "▇▇▇░░░"
    assert row(Timeline((), (), (), ()), 8).plain == "too many"
    assert row(steady(1, 0, 0, 0), 0).plain == ""
    assert row(Timeline((float("nan"), 7.0), (), (), ()), 2, -0.5).plain == " ▇"
