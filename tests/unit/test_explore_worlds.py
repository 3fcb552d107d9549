"""What is known of one world says something of the other."""

from __future__ import annotations

import importlib
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

import gilscope
from gilscope.explore.facts import ReasonKind
from gilscope.explore.results import Verdict
from support.corpus import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.results import Exploration

FEW = 1_000  # with the GIL, the test below takes about two thousand executions; without, fifty


@pytest.fixture
def buffered(monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    test: Callable[[], object] = importlib.import_module("bounded_buffer").test_fixed_two_consumers
    return test


def together(*works: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def explored(test: Callable[[], object], **options: Any) -> Exploration:
    found: Exploration = gilscope.explore(test, attack=False, **options).result
    return found


def test_what_is_proven_without_the_gil_is_proven_with_it(buffered: Callable[[], object]) -> None:
    both = explored(buffered, executions=FEW)
    alone = explored(buffered, executions=FEW, world="gil")
    assert both.verdict is alone.verdict is Verdict.PROVEN
    assert [each.world for each in both.worlds] == [each.world for each in alone.worlds]
    assert alone.worlds[1].executions == 0


def test_what_fails_without_the_gil_says_nothing_of_it(buffered: Callable[[], object]) -> None:
    def unguarded() -> None:
        seen = [0]

        def add() -> None:
            seen[0] += 1  # an operation that the GIL of 3.11 to 3.15 does not part

        together(add, add)
        assert seen == [2]
        buffered()

    assert explored(unguarded, world="free-threaded").verdict is Verdict.FOUND
    alone = explored(unguarded, executions=FEW, world="gil")
    assert alone.counterexample is None
    assert [each.world.partition("-")[0] for each in alone.worlds] == ["gil"]
    assert {each.kind for each in alone.reasons} <= {ReasonKind.BUDGET, ReasonKind.BOUND_REACHED}


@pytest.mark.parametrize("search", ["auto", "exhaust"])
def test_small_tests_are_proven_in_the_world_that_was_asked_for(search: str) -> None:
    alone = explored(lambda: together(int, int), world="gil", search=search)
    assert [each.world.partition("-")[0] for each in alone.worlds] == ["gil"]
    assert alone.verdict is Verdict.PROVEN
