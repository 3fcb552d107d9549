"""A queue at which threads wait for each other holds no work for them."""

from __future__ import annotations

import numpy as np
import pytest

from gilscope.analysis.handedround import handed_round
from gilscope.trace import LockWaits

HERE, THERE = 0, 1
PRODUCER = 9


def waits(rows: list[tuple[int, int, int]]) -> tuple[LockWaits, np.ndarray]:
    """Of each: who waited, at which place, and who ended that."""
    thread, place, waker = (np.array(each, np.int64) for each in zip(*rows, strict=True))
    none = np.zeros(len(rows), np.int64)
    columns = [none] * 13
    columns[1], columns[2] = np.arange(len(rows)), np.arange(len(rows)) + 5
    columns[4], columns[7] = thread, waker
    return LockWaits(*columns[:12], none, none > 0), place  # type: ignore[arg-type,call-arg]


ROUND = [(1, HERE, 2), (2, HERE, 3), (3, HERE, 1)]


@pytest.mark.parametrize(
    ("rows", "is_found"),
    [
        (ROUND * 3, True),
        (ROUND, False),  # each tells the next one to end
        ([(each, HERE, PRODUCER) for each in (1, 2, 3)] * 3, False),
        ([(each, HERE, PRODUCER) for each in (1, 2, 3)] * 3 + ROUND, False),
        ([(1, HERE, 2), (2, THERE, 1)] * 6, False),  # two queues between two
    ],
)
def test_who_tells_whom(rows: list[tuple[int, int, int]], *, is_found: bool) -> None:
    some, place = waits(rows)
    everywhere = np.ones(len(rows), np.bool_)
    assert handed_round(some, place, everywhere).tolist() == [is_found] * len(rows)
    assert not handed_round(some, place, ~everywhere).any()
