"""The other searches: with few preemptions, by chance, and along a given schedule."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from gilscope._explorer import DivergedError
from gilscope.explore.search.bounded import Bounded
from gilscope.explore.search.dpor import Exhaustive
from gilscope.explore.search.following import Following
from gilscope.explore.search.sampling import ROTATION, Sampling
from gilscope.explore.search.steps import NOBODY
from support.toy import Do, Machine, every_end
from support.toyprograms import FEATURES, random_program
from support.toyruns import AT_PARK, Toy, executions, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.toy import Program, State

INCREMENT = (Do("read", "x"), Do("write", "x"))
COUNTER: Program = (INCREMENT, INCREMENT)


def few(feature: str, number: int) -> Iterator[Program]:
    """Programs with few enough schedules to run every one."""
    chance = random.Random(f"few {feature}")
    for _ in range(number):
        yield random_program(chance, FEATURES[feature]._replace(pieces=(2, 1, 1)))


def schedules(program: Program) -> Iterator[tuple[State, int]]:
    """Every schedule: where it ends, and how many preemptions it has."""
    machine = Machine(program)
    todo = [(machine.start, NOBODY, 0)]
    while todo:
        state, last, spent = todo.pop()
        enabled = machine.enabled(state)
        if enabled:
            for each in enabled:
                cost = last in enabled and each != last
                todo.append((machine.step(state, each)[0], each, spent + cost))
        elif machine.sleeps(state):
            todo.append((machine.pass_time(state), last, spent))
        else:
            yield state, spent


# --- few preemptions --------------------------------------------------------------------------


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("bound", [0, 1, 2])
def test_a_bound_reaches_what_so_many_preemptions_reach(feature: str, bound: int) -> None:
    for program in few(feature, 25):
        whole = list(schedules(program))
        search = Bounded(bound)
        runs = list(executions(search, program))
        within = [state for state, spent in whole if spent <= bound]
        assert {each.state for each in runs} == set(within), program
        assert len(runs) == len(within), program
        assert search.cut == (len(within) < len(whole)), program


def test_no_schedule_is_run_twice_within_a_bound() -> None:
    runs = [tuple(each.taken) for each in executions(Bounded(2), COUNTER)]
    assert len(runs) == len(set(runs)) == 6


def test_a_lost_update_takes_one_preemption() -> None:
    assert len({each.state.memory for each in executions(Bounded(0), COUNTER)}) == 2
    assert {each.state for each in executions(Bounded(1), COUNTER)} == every_end(COUNTER)


def test_a_program_that_does_not_repeat_itself_is_noticed_within_a_bound() -> None:
    search = Bounded(1)
    assert search.begin()
    run(search, Toy(Machine(COUNTER), AT_PARK))
    assert search.begin()
    with pytest.raises(DivergedError):
        run(search, Toy(Machine((INCREMENT, ())), AT_PARK))


def test_a_program_that_ends_early_is_noticed_within_a_bound() -> None:
    search = Bounded(1)
    assert search.begin()
    run(search, Toy(Machine(COUNTER), AT_PARK))
    assert search.begin()
    with pytest.raises(DivergedError):
        run(search, Toy(Machine(((), ())), AT_PARK))


# --- by chance --------------------------------------------------------------------------------


def sampled(program: Program, seed: int, number: int) -> list[Toy]:
    return list(executions(Sampling(seed, number), program))


@pytest.mark.parametrize("feature", FEATURES)
def test_samples_are_executions_and_a_seed_gives_them_again(feature: str) -> None:
    for program in few(feature, 20):
        toys = sampled(program, 1, 12)
        assert len(toys) == 12
        assert {each.state for each in toys} <= every_end(program)
        assert [each.taken for each in toys] == [each.taken for each in sampled(program, 1, 12)]


def test_another_seed_gives_other_executions() -> None:
    program = (INCREMENT * 3,) * 3
    runs = {seed: [each.taken for each in sampled(program, seed, 8)] for seed in (1, 2)}
    assert runs[1] != runs[2]


def test_samples_of_a_small_program_soon_find_all_ends() -> None:
    assert {each.state for each in sampled(COUNTER, 0, 40)} == every_end(COUNTER)


@pytest.mark.parametrize("way", sorted(set(ROTATION)))
def test_each_way_alone_finds_a_lost_update(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gilscope.explore.search.sampling.ROTATION", (way,))
    found = {each.state for each in sampled(COUNTER, 0, 60)}
    assert found <= every_end(COUNTER)
    assert len({each.memory for each in found}) > 2, "an update was lost"


def test_all_ways_take_their_turns() -> None:
    search, ways = Sampling(0, 2 * len(ROTATION)), []
    for _ in executions(search, COUNTER):
        ways.append(search._way)
    assert tuple(ways) == 2 * ROTATION


# --- along a schedule -------------------------------------------------------------------------


def follow(choices: list[int], *, strict: bool, program: Program = COUNTER) -> Following:
    search = Following(choices, strict=strict)
    runs = list(executions(search, program))
    assert len(runs) == 1
    assert [thread for thread, _ in runs[0].taken] == search.chosen
    return search


@pytest.mark.parametrize("strict", [True, False])
def test_a_whole_schedule_is_followed(strict: bool) -> None:  # noqa: FBT001
    search = follow([0, 1, 1, 0], strict=strict)
    assert search.chosen == [0, 1, 1, 0]
    assert search.preemptions == [False, True, False, False]
    assert search.followed


@pytest.mark.parametrize("feature", FEATURES)
def test_every_execution_can_be_followed(feature: str) -> None:
    for program in few(feature, 10):
        for toy in executions(Exhaustive(), program):
            if toy.covered:
                continue
            choices = [thread for thread, _ in toy.taken]
            search = Following(choices, strict=True)
            again = next(executions(search, program))
            assert (again.state, again.taken) == (toy.state, toy.taken)
            assert search.followed


def test_after_its_end_each_goes_on_as_long_as_it_can() -> None:
    search = follow([1], strict=False)
    assert search.chosen == [1, 1, 0, 0]
    assert follow([], strict=False).chosen == [0, 0, 1, 1]


def test_a_schedule_that_ends_early_was_not_the_whole_execution() -> None:
    assert not follow([0, 1], strict=True).followed


def test_a_schedule_that_goes_on_was_not_followed() -> None:
    assert not follow([0, 0, 1, 1, 1], strict=True).followed
    assert not follow([0, 0, 1, 1, 1], strict=False).followed


def test_a_thread_that_cannot_go_on_is_an_error_or_passed_over() -> None:
    with pytest.raises(DivergedError):
        follow([0, 7, 0, 1, 1], strict=True)
    assert follow([0, 7, 1, 0, 1], strict=False).chosen == [0, 1, 0, 1]
