"""The exhaustive search against an oracle that visits every state."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gilscope._explorer import DivergedError, may_conflict, reversible
from gilscope.explore.search.dpor import Exhaustive
from gilscope.explore.search.steps import (
    ACQUIRE,
    ALL,
    AWAIT,
    READ,
    RELEASE,
    WRITE,
    conflict,
    dependent,
)
from support.searchchecks import check_search
from support.toy import Do, Machine, Program, every_end
from support.toyprograms import FEATURES, random_program
from support.toyruns import AT_PARK, AT_STEP, FIXED, NAMINGS, Toy, complete, ends, executions, run


@pytest.mark.parametrize("features", FEATURES)
def test_the_final_states_are_those_of_brute_force(features: str) -> None:
    """tests/integration/test_explore_oracles.py tries many more."""
    check_search(features, seed=1, programs=20)


INSTRUCTIONS = st.one_of(
    st.builds(
        Do,
        st.sampled_from(("read", "write", "skip if zero", "try", "release")),
        st.sampled_from("xl"),
        glued=st.booleans(),
    ),
    st.builds(
        Do, st.just("acquire"), st.sampled_from("xl"), wait=st.integers(0, 2), glued=st.booleans()
    ),
    st.builds(Do, st.just("sleep"), wait=st.integers(1, 2)),
    st.builds(Do, st.sampled_from(("put", "get")), st.just("a"), glued=st.booleans()),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(INSTRUCTIONS, max_size=4).map(tuple), min_size=2, max_size=3).map(tuple),
    st.sampled_from(NAMINGS),
)
def test_odd_programs_too(program: Program, naming: str) -> None:
    """Locks released by whoever likes, read and written like variables."""
    assert ends(program, naming) == every_end(program)


# Programs that once were believed to be explored, with ends missing: (program, naming).
MISSED = {
    "a key is numbered": (
        ((Do("acquire", "l"), Do("write", "y", "K")), (Do("read", "y", "K"),)),
        AT_STEP,
    ),
    "a sleeper is woken for nothing, then one is blocked": (
        (
            (Do("try", "l"), Do("read", "x", "p")),
            (Do("acquire", "m"),),
            (Do("release", "l"),),
            (Do("acquire", "m"), Do("write", "x", "p")),
        ),
        AT_STEP,
    ),
    "of a blocked step only the beginning is known": (
        (
            (Do("acquire", "l"), Do("write", "x", "p", glued=True)),
            (Do("write", "y", "p"), Do("try", "l")),
            (Do("write", "x", "p"),),
        ),
        FIXED,
    ),
    "what a sleeping step would touch, it no longer does": (
        (
            (
                Do("skip if zero", "y", "p"),
                Do("write", "y", "p"),
                Do("read", "x", "p", glued=True),
            ),
            (Do("read", "y", "p"), Do("write", "y", "p")),
            (Do("write", "x", "p"),),
        ),
        FIXED,
    ),
    "a step ends early where a lock is held": (
        (
            (Do("read", "x"), Do("acquire", "m", glued=True), Do("write", "x", glued=True)),
            (Do("acquire", "m"), Do("release", "m"), Do("write", "x")),
        ),
        FIXED,
    ),
    "time runs out as a lock is released": (
        (
            (Do("sleep", wait=1), Do("acquire", "l", wait=1), Do("release", "l")),
            (Do("acquire", "l"), Do("acquire", "l", wait=1), Do("acquire", "l", wait=1)),
        ),
        FIXED,
    ),
}


@pytest.mark.parametrize("name", MISSED)
def test_nothing_is_missed_again(name: str) -> None:
    program, naming = MISSED[name]
    assert ends(program, naming) == every_end(program)


@pytest.mark.parametrize("features", FEATURES)
def test_no_equivalence_class_is_run_twice(features: str) -> None:
    """Where names are the same in all executions: else sleepers may be woken for nothing."""
    chance = random.Random(f"classes {features}")
    for _ in range(60):
        program = random_program(chance, FEATURES[features]._replace(pieces=(4, 2, 1)))
        classes = Counter(shape(toy) for toy in complete(program, FIXED))
        assert not classes or max(classes.values()) == 1, program


def shape(toy: Toy) -> frozenset[object]:
    """What is the same in all orders of one class: the order of each two steps that depend."""
    counts: Counter[int] = Counter()
    steps = []
    for thread, step in toy.taken:
        steps.append((thread, counts[thread], step))
        counts[thread] += 1
    orders = {
        (first, second)
        for number, second in enumerate(steps)
        for first in steps[:number]
        if dependent(first[2], second[2])
    }
    return frozenset([*steps, *orders])


def test_independent_threads_need_one_execution() -> None:
    program: Program = tuple((Do("read", each), Do("write", each)) * 5 for each in "xyab")
    assert len(complete(program)) == 1


def test_threads_that_use_other_parts_of_an_object_need_one_execution() -> None:
    assert len(complete(tuple((Do("write", "x", each),) * 3 for each in "pqK"))) == 1
    assert len(complete(((Do("write", "x", "p"),), (Do("read", "x", ALL),)))) == 2


def test_readers_of_one_variable_need_one_execution() -> None:
    assert len(complete(((Do("read", "x"),) * 6,) * 4)) == 1


def test_threads_under_one_lock_need_one_execution_for_each_order() -> None:
    body = (Do("acquire", "l"), Do("read", "x"), Do("write", "x"), Do("release", "l"))
    assert len(complete((body,) * 3)) == 6


def test_one_long_step_has_no_inside() -> None:
    body = (Do("read", "x"), Do("write", "x", glued=True))
    assert len(complete((body,) * 3)) == 6


def test_what_comes_before_a_start_or_after_a_join_has_one_order() -> None:
    parent = (
        Do("write", "x"),
        Do("start", thread=1),
        Do("join", thread=1),
        Do("write", "x"),
    )
    assert len(complete((parent, (Do("read", "x"), Do("write", "x"))))) == 1


def test_nothing_crosses_the_passing_of_time() -> None:
    program = ((Do("write", "x"),), (Do("sleep", wait=1), Do("write", "x")))
    assert len(complete(program)) == 1
    late = ((Do("write", "x"),), (Do("write", "y"), Do("sleep", wait=1), Do("write", "x")))
    assert len(list(executions(Exhaustive(), late))) == 1
    together = ((Do("sleep", wait=1), Do("write", "x")),) * 2
    assert len(complete(together)) == 2


def test_a_lock_in_the_other_order_is_a_deadlock() -> None:
    program = tuple(tuple(Do("acquire", each) for each in order) for order in ("lm", "ml"))
    found = {each.state.places for each in complete(program)}
    assert found == {(2, 0), (0, 2), (1, 1)}


WRITES, READS = (Do("write", "x"),), (Do("read", "x"),)


@pytest.mark.parametrize(
    "later", [(WRITES * 2, ()), ((), WRITES), (READS * 2, WRITES), (WRITES, WRITES), ((), ())]
)
def test_a_program_that_does_not_repeat_itself_is_not_proven(later: Program) -> None:
    search = Exhaustive()
    assert search.begin()
    run(search, Toy(Machine((WRITES * 2, WRITES)), AT_PARK))
    assert search.begin(), "thread 1 comes between the writes"
    with pytest.raises(DivergedError):
        run(search, Toy(Machine(later), AT_PARK))


def test_an_execution_given_up_is_one_whose_ends_are_known() -> None:
    """Its beginning is run, then nobody is chosen, and the search goes on."""
    program, _ = MISSED["a sleeper is woken for nothing, then one is blocked"]
    toys = list(executions(Exhaustive(), program, FIXED))
    assert any(each.covered for each in toys)
    assert {each.state for each in toys if not each.covered} == every_end(program)


def test_accesses_conflict_where_one_changes_what_both_touch() -> None:
    read, write, other = (1, "p", READ), (1, "p", WRITE), (1, "q", WRITE)
    assert conflict(read, write)
    assert not conflict(read, read)
    assert not conflict(write, other)
    assert conflict(write, (1, ALL, READ))
    assert not conflict(write, (2, "p", WRITE))
    assert not conflict((1, ALL, AWAIT), (1, ALL, READ))


def test_what_waited_for_a_release_cannot_come_before_it() -> None:
    release = (1, ALL, RELEASE)
    assert not reversible(release, (1, ALL, ACQUIRE))
    assert not reversible(release, (1, ALL, AWAIT))
    assert reversible(release, (1, ALL, READ))
    assert reversible((1, ALL, ACQUIRE), release)


def test_what_has_no_number_in_common_may_be_the_same() -> None:
    write = (5, "p", WRITE)
    assert may_conflict(write, (6, "p", WRITE), 5)
    assert not may_conflict(write, (6, "p", WRITE), 6)
    assert not may_conflict(write, (6, "q", WRITE), 5)
    assert not may_conflict((-1, ALL, WRITE), (-3, ALL, WRITE), 0)
    first, second = (1, ("object", 7), WRITE), (1, ("object", 8), WRITE)
    assert may_conflict(first, second, 7)
    assert not may_conflict(first, second, 8)
