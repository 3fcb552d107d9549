"""How long a thread was ready without a core, between looks now and then."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gilscope.trace import Readiness
from gilscope.trace.layout import READY


def looks(*rows: tuple[int, int, int]) -> Readiness:
    """Rows of (time_ns, ready_ns, thread)."""
    return Readiness(np.array([(*row, 0) for row in rows], READY))


def between(readiness: Readiness, thread: int, since_ns: int, until_ns: int) -> float:
    found = readiness.until_ns(thread, np.array([since_ns, until_ns]))
    assert found is not None
    return float(found[1] - found[0])


def test_what_is_new_lies_between_two_looks() -> None:
    seen = looks((100, 0, 1), (200, 50, 1), (300, 50, 1))
    assert between(seen, 1, 100, 200) == pytest.approx(50)
    assert between(seen, 1, 100, 150) == pytest.approx(25)
    assert between(seen, 1, 0, 100) == between(seen, 1, 200, 300) == pytest.approx(0)


def test_what_is_longer_than_that_reaches_back() -> None:
    """A thread that comes back after 340 ns was not looked at within the last 10 of them only."""
    seen = looks((100, 0, 1), (390, 0, 1), (400, 300, 1))
    assert between(seen, 1, 100, 390) == pytest.approx(290)
    assert between(seen, 1, 0, 1000) == pytest.approx(300)


def test_threads_are_kept_apart_and_unknown_ones_are_unknown() -> None:
    seen = looks((100, 10, 1), (100, 90, 2), (200, 20, 1))
    assert (seen.total_ns(1), seen.total_ns(2), seen.total_ns(3)) == (20, 90, None)
    assert seen.until_ns(3, np.array([100])) is None


def test_a_count_that_falls_or_overflows_is_no_harm() -> None:
    seen = looks((100, 50, 1), (200, 20, 1), (300, 2**64 - 1, 1))
    assert between(seen, 1, 100, 200) >= 0
    assert seen.total_ns(1) == 2**62


def test_a_window_counts_from_its_beginning() -> None:
    seen = looks((100, 0, 1), (200, 50, 1), (300, 150, 1), (500, 0, 2))
    window = Readiness(seen.within(150, 250))
    assert window.total_ns(1) == pytest.approx(25 + 50, abs=1)
    assert between(window, 1, 0, 50) == pytest.approx(25, abs=1)
    assert window.total_ns(2) in (None, 0)


@pytest.mark.parametrize("seed", range(20))
def test_all_that_was_counted_is_found_once(seed: int) -> None:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.integers(1, 100, 30))
    ready = np.cumsum(random.integers(0, 2, 30) * random.integers(0, 300, 30))
    seen = looks(*((int(time), int(much), 7) for time, much in zip(times, ready, strict=True)))
    cuts = np.sort(random.integers(-500, times[-1] + 10, 20)).tolist()
    edges = [-10_000, *cuts, 10_000]
    parts = [between(seen, 7, a, b) for a, b in pairwise(edges)]
    assert min(parts) >= -1e-6
    assert sum(parts) == pytest.approx(int(ready[-1]))


def test_it_was_no_longer_than_from_look_to_look() -> None:
    seen = looks((100, 0, 1), (200, 50, 1), (300, 80, 1))
    begin, end = np.array([120, 210, 90, 310]), np.array([190, 290, 340, 400])
    found = seen.at_most_ns(1, begin, end)
    assert found is not None
    assert found.tolist() == [50, 30, 80, 0]
    assert seen.at_most_ns(2, begin, end) is None
    assert (found >= [between(seen, 1, a, b) for a, b in zip(begin, end, strict=True)]).all()
