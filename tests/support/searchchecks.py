"""What searches find in random programs against what brute force finds: both must be the same."""

from __future__ import annotations

import random

import pytest

from gilscope.explore.search.dpor import Exhaustive
from support.interleavings.oracle import answer, every_final_state
from support.interleavings.programs import generate, theme
from support.toy import every_end
from support.toyprograms import FEATURES, random_program
from support.toyruns import NAMINGS, ends
from support.toysymmetry import executions, random_symmetric_program, whoever_is_who

__all__ = ["FEATURES", "check_search", "check_search_under_other_names", "check_worlds_and_fusing"]

MOST_INSTRUCTIONS = 14
BUDGET = 20_000  # executions without fusing
FUSED_BUDGET = 2_000
FEW = 100  # executions, of a program that is run without fusing, too
UNWRITTEN = {"asynchronous", "lives"}  # themes of objects whose state cannot be written down


def check_search(features: str, seed: int, *, programs: int) -> None:
    """Every interleaving that matters ends in all states that there are."""
    chance = random.Random(f"{features} {seed}")
    for number in range(programs):
        program = random_program(chance, FEATURES[features])
        naming = NAMINGS[number % len(NAMINGS)]
        assert ends(program, naming) == every_end(program), (program, naming)


def check_search_under_other_names(features: str, seed: int, *, programs: int) -> None:
    """One order of the first steps of threads that are alike ends in all states but for names."""
    chance = random.Random(f"{features} {seed}")
    for number in range(programs):
        program, alike = random_symmetric_program(chance, FEATURES[features])
        if sum(map(len, program)) > MOST_INSTRUCTIONS:
            continue
        naming = NAMINGS[number % len(NAMINGS)]
        found = {
            whoever_is_who(each.state, program, alike)
            for each in executions(Exhaustive(), program, alike, naming)
            if not each.covered
        }
        expected = {whoever_is_who(each, program, alike) for each in every_end(program, alike)}
        assert found == expected, (program, naming)


def check_worlds_and_fusing(seed: int) -> None:
    """The oracle of interleavings against itself."""
    source = generate(seed)
    free_threaded = answer(source, FUSED_BUDGET, fuse=True)
    gil = answer(source, FUSED_BUDGET, world="gil")
    if theme(seed) not in UNWRITTEN:
        assert free_threaded.unknown == gil.unknown == 0
    if not (free_threaded.complete and gil.complete):
        pytest.skip("over budget")
    assert gil.states <= free_threaded.states
    assert gil.states == every_final_state(source, FUSED_BUDGET, world="gil", fuse=True)
    if free_threaded.executions < FEW:
        assert every_final_state(source, BUDGET) == free_threaded.states
