"""Programs of threads, run again: against arithmetic, and against the longest path."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from gilscope.predict.programs import (
    AWAIT,
    BLOCK,
    COMPUTE,
    FETCH,
    HOLD,
    POST,
    STALL,
    Programs,
    Rules,
    replay,
    schedule,
    wall_ns,
)

MS = 1_000_000
Steps = list[tuple[int, int]]
TURN = np.zeros(1, np.uint32)
WITH_GIL, WITHOUT = Rules(gil=True), Rules(gil=False)


def programs_of(*threads: Steps) -> Programs:
    steps = [step for thread in threads for step in thread]
    first = np.cumsum([0, *map(len, threads)], dtype=np.int64)
    kind = np.array([kind for kind, _ in steps], np.uint8)
    value = np.array([value for _, value in steps], np.int64)
    events = [value for kind, value in steps if kind in (POST, AWAIT)]
    turn = np.zeros(len(kind), np.uint32)
    return Programs(first, kind, value, turn, max(events, default=-1) + 1)


def ends_ms(programs: Programs, rules: Rules) -> list[float]:
    return [end / MS for end in replay(programs, rules).tolist()]


def test_holds_take_turns_with_the_gil_only() -> None:
    four = programs_of(*[[(HOLD, 20 * MS)]] * 4)
    assert ends_ms(four, WITHOUT) == [20] * 4
    # In turns of a switch interval, 5 ms: 16 turns, of which the last round is the last of each.
    assert ends_ms(four, WITH_GIL) == [65, 70, 75, 80]
    assert ends_ms(four, Rules(gil=False, cores=2))[-1] == 40
    assert max(ends_ms(four, Rules(gil=True, cores=2))) == 80


def test_a_switch_interval_is_counted_from_who_waits() -> None:
    late = programs_of([(HOLD, 100 * MS)], [(BLOCK, 30 * MS), (HOLD, 1 * MS)])
    assert ends_ms(late, WITH_GIL) == [101, 36]
    assert ends_ms(late, Rules(gil=True, switch_interval_ns=50 * MS)) == [101, 81]


def test_each_handover_takes_its_time() -> None:
    two = programs_of([(HOLD, 10 * MS)], [(HOLD, 1 * MS)])
    # To the second after 5 ms, and back when it has done.
    assert ends_ms(two, Rules(gil=True, handover_ns=MS)) == [13, 7]


def test_who_finds_the_gil_free_takes_it_though_another_is_on_its_way() -> None:
    quick = [(HOLD, 1 * MS), (BLOCK, 0)] * 3
    programs = programs_of(quick, [(HOLD, 1 * MS)])
    assert ends_ms(programs, Rules(gil=True, handover_ns=MS)) == [3, 5]
    assert ends_ms(programs, Rules(gil=True, handover_ns=0)) != [3, 5]


def test_computing_outside_takes_a_core_and_no_gil() -> None:
    zipping = programs_of(*[[(HOLD, MS), (COMPUTE, 40 * MS)]] * 4)
    assert ends_ms(zipping, WITH_GIL) == [41, 42, 43, 44]
    assert max(ends_ms(zipping, Rules(gil=True, cores=2))) == pytest.approx(82, abs=1)
    assert max(ends_ms(zipping, Rules(gil=True, cores=1))) == 164


def test_blocking_takes_neither() -> None:
    sleeping = programs_of(*[[(BLOCK, 40 * MS)]] * 4)
    assert ends_ms(sleeping, Rules(gil=True, cores=1)) == [40] * 4


def test_events_are_awaited_and_remembered() -> None:
    programs = programs_of(
        [(HOLD, 10 * MS), (POST, 0), (HOLD, 10 * MS)],
        [(AWAIT, 0), (HOLD, 5 * MS)],
        [(BLOCK, 90 * MS), (AWAIT, 0)],
    )
    assert ends_ms(programs, WITHOUT) == [20, 15, 90]
    assert ends_ms(programs, WITH_GIL) == [25, 20, 90]


def test_a_post_does_not_give_the_gil_up() -> None:
    programs = programs_of([(HOLD, MS), (POST, 0), (HOLD, MS)], [(AWAIT, 0), (HOLD, MS)])
    assert ends_ms(programs, WITH_GIL) == [2, 3]


def test_who_waits_for_ever_is_told() -> None:
    programs = programs_of([(HOLD, MS), (AWAIT, 0)], [(HOLD, MS), (AWAIT, 1), (POST, 0)], [])
    assert replay(programs, WITH_GIL).tolist() == [-1, -1, 0]


@pytest.mark.parametrize(
    ("kind", "value", "events"), [(9, 0, 0), (HOLD, -1, 0), (POST, 0, 0), (AWAIT, 3, 3)]
)
def test_steps_that_are_none_are_refused(kind: int, value: int, events: int) -> None:
    programs = Programs(
        np.array([0, 1]), np.array([kind], np.uint8), np.array([value]), TURN, events
    )
    with pytest.raises(ValueError, match="a step"):
        replay(programs, WITHOUT)


@pytest.mark.parametrize("first", [[0, 2], [1, 1], [0, 1, 0, 1], []])
def test_arrays_that_do_not_fit_are_refused(first: list[int]) -> None:
    programs = Programs(
        np.array(first, np.int64), np.array([HOLD], np.uint8), np.array([1]), TURN, 0
    )
    with pytest.raises(ValueError, match=r"fit|should return"):
        replay(programs, WITHOUT)


# --- random programs ------------------------------------------------------------------------------


def random_programs(seed: int) -> Programs:
    """Threads whose events are posted in the order of their numbers, so that all of them end."""
    chance = random.Random(seed)
    threads: list[Steps] = [[] for _ in range(chance.randint(1, 6))]
    for event in range(chance.randint(0, 12)):
        poster, waiter = chance.choice(threads), chance.choice(threads)
        poster += [step(chance), (POST, event)]
        waiter += [(AWAIT, event), step(chance)]
    for thread in threads:
        thread += [step(chance) for _ in range(chance.randint(0, 4))]
    return programs_of(*threads)


def step(chance: random.Random) -> tuple[int, int]:
    return chance.choice([HOLD, HOLD, COMPUTE, BLOCK]), chance.choice([0, 1, 3, 7, 20]) * MS


def longest_path_ns(programs: Programs) -> list[int]:
    """When each thread ends where nothing is scarce: by recursion, no clock, no queue."""
    posted: dict[int, int] = {}
    at = [0] * len(programs)
    rows = [int(first) for first in programs.first[:-1]]
    going = True
    while going:
        going = False
        for thread, last in enumerate(programs.first[1:].tolist()):
            while rows[thread] < last:
                kind, value = int(programs.kind[rows[thread]]), int(programs.value[rows[thread]])
                if kind == AWAIT and value not in posted:
                    break
                if kind == AWAIT:
                    at[thread] = max(at[thread], posted[value])
                elif kind == POST:
                    posted[value] = at[thread]
                else:
                    at[thread] += value
                rows[thread] += 1
                going = True
    return at


@pytest.mark.parametrize("seed", range(200))
def test_random_programs(seed: int) -> None:
    programs = random_programs(seed)
    longest = longest_path_ns(programs)
    assert replay(programs, WITHOUT).tolist() == longest
    held, work = programs.sum_ns(HOLD), programs.sum_ns(HOLD, COMPUTE)
    everything = programs.sum_ns(HOLD, COMPUTE, BLOCK)
    with_gil = max(replay(programs, WITH_GIL).tolist())
    assert max(held, *longest) <= with_gil <= everything
    for cores in (1, 2, 3):
        on_few = max(replay(programs, Rules(gil=False, cores=cores)).tolist())
        # The bound of list scheduling (Graham 1969), and no better than perfect sharing.
        assert max(work / cores, *longest) <= on_few <= work / cores + max(longest)


def pooled(threads: list[Steps], *pools: list[Steps]) -> Programs:
    """Threads, and behind them the tasks of pools."""
    tasks = [task for pool in pools for task in pool]
    own = programs_of(*threads)
    both = programs_of(*threads, *tasks)
    first = both.first
    return replace(
        both,
        first=own.first,
        pool=np.cumsum([0, *map(len, pools)], dtype=np.int64),
        task=first[len(threads) :],
    )


def test_tasks_go_to_whoever_is_done_first() -> None:
    worker = [(BLOCK, 1 * MS), (FETCH, 0), (HOLD, 2 * MS)]
    tasks = [[(HOLD, each * MS)] for each in (50, 10, 10, 20, 5)]
    assert ends_ms(pooled([worker, worker], tasks), WITHOUT) == [53, 48]


def test_a_task_waits_for_who_puts_it_there() -> None:
    producer = [(HOLD, 10 * MS), (POST, 0), (HOLD, 10 * MS), (POST, 1)]
    tasks = [[(AWAIT, 0), (HOLD, 30 * MS)], [(AWAIT, 1), (HOLD, 5 * MS)]]
    worker = [(FETCH, 0)]
    assert ends_ms(pooled([producer, worker, worker], tasks), WITHOUT) == [20, 40, 25]
    assert ends_ms(pooled([producer, worker], tasks), WITHOUT) == [20, 45]


def test_each_pool_has_its_own_tasks() -> None:
    one, other = [[(HOLD, 10 * MS)]] * 3, [[(HOLD, 1 * MS)]]
    programs = pooled([[(FETCH, 0)], [(FETCH, 1)], [(FETCH, 1), (FETCH, 0)]], one, other)
    assert ends_ms(programs, WITHOUT) == [20, 1, 10]


def test_a_task_cannot_fetch_another_and_no_pool_is_unknown() -> None:
    with pytest.raises(ValueError, match="no event or pool"):
        replay(pooled([[(FETCH, 0)]], [[(FETCH, 0)]]), WITHOUT)
    with pytest.raises(ValueError, match="no event or pool"):
        replay(pooled([[(FETCH, 1)]], [[(HOLD, 1)]]), WITHOUT)
    with pytest.raises(ValueError, match="fit"):
        replay(replace(pooled([[(FETCH, 0)]], [[(HOLD, 1)]]), pool=np.array([0, 2])), WITHOUT)


def told(programs: Programs, rules: Rules) -> list[tuple[int, float, float]]:
    """Of each step: which thread did it, from when to when, in ms."""
    done = schedule(programs, rules)
    columns = done.thread.tolist(), done.begin_ns.tolist(), done.end_ns.tolist()
    return [(by, begin / MS, end / MS) for by, begin, end in zip(*columns, strict=True)]


def test_a_schedule_says_who_did_what_when() -> None:
    two = programs_of(
        [(HOLD, 4 * MS), (POST, 0), (BLOCK, 6 * MS), (COMPUTE, 1 * MS)],
        [(AWAIT, 0), (HOLD, 2 * MS)],
    )
    assert told(two, WITHOUT) == [
        (0, 0, 4), (0, 4, 4), (0, 4, 10), (0, 10, 11),
        (1, 0, 4), (1, 4, 6),
    ]  # fmt: skip


def test_a_step_lasts_for_as_long_as_it_waits_for_a_core() -> None:
    two = programs_of([(HOLD, 3 * MS)], [(HOLD, 3 * MS)])
    assert told(two, Rules(gil=False, cores=1)) == [(0, 0, 3), (1, 0, 6)]


def test_a_schedule_says_who_took_which_task() -> None:
    pool = pooled([[(FETCH, 0)]] * 2, [[(HOLD, 5 * MS)], [(HOLD, 1 * MS)], [(HOLD, 1 * MS)]])
    assert told(pool, WITHOUT) == [(0, 0, 5), (1, 0, 2), (0, 0, 5), (1, 0, 1), (1, 1, 2)]


def test_what_is_never_done_is_not_in_the_schedule() -> None:
    alone = programs_of([(HOLD, 1 * MS), (AWAIT, 0), (HOLD, 1 * MS)])
    done = schedule(replace(alone, events=1), WITHOUT)
    assert done.end_ns.tolist() == [1 * MS, -1, -1]
    assert done.thread.tolist() == [0, 0, -1]


@pytest.mark.parametrize("seed", range(40))
def test_schedules_of_random_programs(seed: int) -> None:
    """Steps follow each other without a gap, take what they take, and the replay stays the same."""
    programs = random_programs(seed)
    for rules in (WITHOUT, Rules(gil=False, cores=1), WITH_GIL):
        done, ends = schedule(programs, rules), replay(programs, rules)
        for thread in range(len(programs)):
            steps = slice(*programs.first[thread : thread + 2].tolist())
            begin, end = done.begin_ns[steps], done.end_ns[steps]
            reached = end >= 0
            lasting = np.isin(programs.kind[steps], (HOLD, COMPUTE, BLOCK)) & reached
            assert (end - begin >= programs.value[steps])[lasting].all()
            assert (begin[1:] == end[:-1])[reached[1:]].all()
            if ends[thread] >= 0 and len(end):
                assert end[-1] == ends[thread]
        assert (done.thread >= -1).all()


def test_who_is_told_to_stop_ends_its_step_and_only_posts() -> None:
    work = [(HOLD, 30 * MS), (POST, 1), (BLOCK, 50 * MS), (AWAIT, 2), (COMPUTE, 70 * MS), (POST, 3)]
    teller = [(BLOCK, 10 * MS), (POST, 0), (AWAIT, 3), (HOLD, 1 * MS)]
    programs = programs_of(work, teller, [(POST, 2)])
    assert ends_ms(programs, WITHOUT)[:2] == [150, 151]
    told = replace(programs, until=np.array([0, -1, -1]))
    assert ends_ms(told, WITHOUT)[:2] == [30, 31]  # it ends the step that it has begun
    early = programs_of([(BLOCK, 1 * MS), *work], teller, [(POST, 2)])
    early = replace(early, until=np.array([2, -1, -1]))
    assert ends_ms(early, WITHOUT)[:2] == [1, 11]


def test_who_is_never_told_does_all() -> None:
    programs = programs_of([(HOLD, 30 * MS), (BLOCK, 50 * MS)], [(HOLD, 1 * MS), (POST, 0)])
    told = replace(programs, until=np.array([-1, 0]))
    assert ends_ms(told, WITHOUT) == ends_ms(programs, WITHOUT) == [80, 1]


def test_nobody_waits_for_daemons() -> None:
    programs = programs_of([(HOLD, 300 * MS)], [(HOLD, 20 * MS), (POST, 0)])
    assert wall_ns(programs, WITHOUT) == 300 * MS
    daemon = replace(programs, until=np.array([0, -1]), is_daemon=np.array([True, False]))
    assert wall_ns(daemon, WITHOUT) == 20 * MS
    waits = replace(daemon, kind=np.array([AWAIT, HOLD, POST], np.uint8), value=np.array([1, 5, 0]))
    assert wall_ns(replace(waits, events=2), WITHOUT) == 5


def test_an_event_that_is_none_tells_nobody() -> None:
    programs = programs_of([(HOLD, 1)], [(POST, 0)])
    for until in ([1, -1], [-2, -1]):
        with pytest.raises(ValueError, match="no event"):
            replay(replace(programs, until=np.array(until)), WITHOUT)
    with pytest.raises(ValueError, match="fit"):
        replay(replace(programs, until=np.array([-1])), WITHOUT)


def test_a_hold_that_stalls_lets_go_before_the_next_one() -> None:
    """The next one is told by its turn; within a hold there may be several steps, with posts."""
    steps = programs_of([(STALL, 20 * MS), (STALL, 20 * MS)], [(BLOCK, 1 * MS), (HOLD, 1 * MS)])
    assert ends_ms(steps, WITH_GIL) == [40, 41]
    two_holds = replace(steps, turn=np.array([1, 3, 0, 2], np.uint32))
    assert ends_ms(two_holds, WITH_GIL) == [41, 21]
