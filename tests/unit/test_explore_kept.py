"""An exhaustive search that is interrupted, or left for a while, tries what it would have tried."""

from __future__ import annotations

import math
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest

import gilscope
from gilscope.explore.bytecode.scope import Scope
from gilscope.explore.engine.executor import Executor
from gilscope.explore.engine.setting import Setting
from gilscope.explore.facts import ReasonKind
from gilscope.explore.narration.diaries import differing
from gilscope.explore.results import Verdict
from gilscope.explore.search.kept import KeptSearch
from support.toy import Machine, Program
from support.toyprograms import FEATURES, random_program
from support.toyruns import AT_STEP, Toy, complete, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.results import Exploration
    from gilscope.explore.search.dpor import Exhaustive
    from gilscope.explore.search.steps import Pending, Step

PROGRAMS = 15  # of each kind


class LateError(Exception):
    """The budget is spent."""


class Hasty:
    """Gives executions up after some choices, as the scheduler does when it is late."""

    def __init__(self, search: Exhaustive, patience: int) -> None:
        self._search = search
        self._left = patience
        self.took = search.took
        self.stuck = search.stuck
        self.doubts = search.doubts

    def begin(self) -> bool:
        return self._search.begin()

    def choose(self, enabled: frozenset[int], pending: Pending, numbered: int) -> int:
        if self._left == 0:
            raise LateError
        self._left -= 1
        return self._search.choose(enabled, pending, numbered)

    def end(self, blocked: Mapping[int, Step]) -> None:
        self._search.end(blocked)


def interrupted(program: Program, chance: random.Random) -> list[Toy]:
    """Complete executions of a search, many of which are given up at first."""
    kept, machine = KeptSearch(), Machine(program)
    found: list[Toy] = []
    while True:
        toy = Toy(machine, AT_STEP)
        search = kept.at("the same")
        hasty = Hasty(search, chance.choice((0, 1, 3, 8, 1_000)))
        if not hasty.begin():
            return found
        try:
            run(hasty, toy)
        except LateError:
            kept.repeat()
        else:
            found += [] if toy.covered else [toy]


@pytest.mark.parametrize("features", FEATURES)
def test_executions_that_were_given_up_are_run_again(features: str) -> None:
    chance = random.Random(1)
    for _ in range(PROGRAMS):
        program = random_program(chance, FEATURES[features])
        without = [each.taken for each in complete(program, AT_STEP)]
        assert [each.taken for each in interrupted(program, chance)] == without


def test_a_search_whose_executions_do_not_count_begins_anew() -> None:
    kept = KeptSearch()
    first = kept.at(1)
    assert kept.at(1) is first
    second = kept.at(2)
    assert second is not first
    kept.forget()
    assert kept.at(2) is not second


class Counter:
    """What two threads add to, each three times."""

    def __init__(self) -> None:
        self.count = 0
        self.lock = threading.Lock()

    def add(self, number: int) -> None:
        for _ in range(3):
            with self.lock:
                self.count += number


def test_counter() -> None:
    counter = Counter()
    threads = [threading.Thread(target=counter.add, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.count == 9


def explored(world: str, **options: Any) -> Exploration:
    found: Exploration = gilscope.explore(test_counter, attack=False, world=world, **options).result
    return found


def test_the_world_with_the_gil_lends_its_time_for_the_proof_of_both() -> None:
    needed = explored("free-threaded", search="exhaust").executions
    few = needed * 4 // 5
    alone = explored("free-threaded", search="exhaust", executions=few)
    assert {each.kind for each in alone.reasons} == {ReasonKind.BUDGET}
    both = explored("both", search="exhaust", executions=few)
    assert both.verdict is Verdict.PROVEN
    assert [each.preemption_bound for each in both.worlds] == [None, None]
    assert both.executions < needed + 5  # what was tried is not tried again


def test_a_repetition_that_comes_too_late_went_no_other_way() -> None:
    runs: list[int] = []

    def prepare() -> None:
        runs.append(1)
        if len(runs) == 2:  # the second repetition begins
            executor.limit(0.0)

    setting = Setting(prepare)
    with Executor(test_counter, Scope(), most_steps=2_000, setting=setting) as executor:
        executor.set_world(with_gil=False)
        differing(executor, ())  # where threads meet is known after that
        runs.clear()
        executor.limit(math.inf)
        found = differing(executor, ())
    assert found is not None
    assert found.kind is ReasonKind.BUDGET


def test_all_interleavings_are_tried_after_those_with_few_preemptions() -> None:
    needed = explored("free-threaded", search="exhaust").executions
    found = explored("free-threaded", executions=needed * 3 // 2)
    assert found.verdict is Verdict.PROVEN
    assert found.worlds[0].preemption_bound is None
