"""What is known of one world says something of the other."""

from __future__ import annotations

import importlib
import itertools
import string
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


# While the search begins, in it, while a schedule is repeated, and while races are looked for.
@pytest.mark.parametrize("failing", [1, 3, 5, 12])
def test_what_fails_once_is_neither_found_nor_proven(
    monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """It was not the order of threads: what the library remembers is not put back."""
    monkeypatch.setattr(string, "executions", itertools.count(), raising=False)

    def fails_once() -> None:
        seen: list[int] = []
        together(lambda: seen.append(1), lambda: seen.append(2))
        assert next(string.executions) != failing  # type: ignore[attr-defined]

    result = explored(fails_once)
    assert result.verdict is Verdict.NOT_PROVEN
    assert result.counterexample is None
    assert ReasonKind.SEEN_ONCE in [each.kind for each in result.reasons]
    assert result.worlds[0].verdict is Verdict.NOT_PROVEN
    assert Verdict.FOUND not in [each.verdict for each in result.worlds]


def test_a_hook_of_the_test_catches_what_a_thread_raises() -> None:
    def caught(*, put_back_late: bool) -> None:
        seen: list[type[BaseException]] = []
        before = threading.excepthook
        threading.excepthook = lambda details: seen.append(details.exc_type)
        failing = threading.Thread(target=lambda: 1 / 0)
        failing.start()
        if put_back_late:
            failing.join()
        threading.excepthook = before
        failing.join()

    for search in ({}, {"world": "gil"}):
        result = explored(lambda: caught(put_back_late=True), **search)
        assert result.verdict is Verdict.PROVEN, result.reasons
        result = explored(lambda: caught(put_back_late=False), **search)
        assert result.verdict is Verdict.FOUND
