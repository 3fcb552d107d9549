"""Searches and oracles on many random programs: what the unit tests do with a few of them."""

from __future__ import annotations

import pytest

from support.interleavings import memory
from support.searchchecks import (
    FEATURES,
    check_search,
    check_search_under_other_names,
    check_worlds_and_fusing,
)

MORE = [pytest.param(seed, marks=pytest.mark.more) for seed in (1, 2)]


@pytest.mark.parametrize("seed", [0, *MORE])
@pytest.mark.parametrize("features", FEATURES)
def test_the_final_states_are_those_of_brute_force(features: str, seed: int) -> None:
    check_search(features, seed, programs=150)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("features", FEATURES)
def test_the_final_states_are_those_of_brute_force_under_other_names(
    features: str, seed: int
) -> None:
    check_search_under_other_names(features, seed, programs=60)


@pytest.mark.skipif(not memory.READABLE, reason="the oracle runs on CPython 3.11")
@pytest.mark.parametrize("seed", range(2000, 2012))
def test_worlds_and_fusing_agree(seed: int) -> None:
    check_worlds_and_fusing(seed)
