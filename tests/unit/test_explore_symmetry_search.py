"""One order of the first steps of threads that are alike, against an oracle that visits all."""

from __future__ import annotations

import math

import pytest

from gilscope.explore.search.dpor import Exhaustive
from support.searchchecks import check_search_under_other_names
from support.toy import Do, Program
from support.toyprograms import FEATURES
from support.toyruns import FIXED
from support.toyruns import executions as all_executions
from support.toysymmetry import executions


@pytest.mark.parametrize("features", FEATURES)
def test_the_final_states_are_those_of_brute_force_under_other_names(features: str) -> None:
    """tests/integration/test_explore_oracles.py tries many more."""
    check_search_under_other_names(features, seed=0, programs=15)


def _under_a_lock(count: int, times: int) -> tuple[Program, tuple[int, ...]]:
    alike = tuple(range(1, count + 1))
    parent = tuple(Do("start", thread=each) for each in alike)
    body = (Do("acquire", "l"), Do("read", "x"), Do("write", "x"), Do("release", "l")) * times
    return (parent, *(body for _ in alike)), alike


@pytest.mark.parametrize(("count", "times"), [(2, 1), (4, 1), (9, 1), (2, 2), (3, 2)])
def test_each_order_is_run_under_one_name_only(count: int, times: int) -> None:
    program, alike = _under_a_lock(count, times)
    orders = math.factorial(count * times) // math.factorial(times) ** count
    found = [each for each in executions(Exhaustive(), program, alike, FIXED) if not each.covered]
    assert len(found) == orders // math.factorial(count)
    if count <= 3:
        assert len(list(all_executions(Exhaustive(), program, FIXED))) == orders


def test_threads_that_sleep_first_sleep_together() -> None:
    alike = (1, 2)
    body = (Do("sleep", wait=1), Do("write", "x"))
    parent = (Do("start", thread=1), Do("start", thread=2))
    ended = [each.state for each in executions(Exhaustive(), (parent, body, body), alike, FIXED)]
    assert {state.now for state in ended} == {1}
