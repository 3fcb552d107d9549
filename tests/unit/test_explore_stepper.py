"""Native code chooses who goes on as the scheduler does in Python."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from gilscope import _explorer
from gilscope.explore.bytecode.scope import Scope
from gilscope.explore.engine.executor import Executor
from gilscope.explore.search.dpor import Exhaustive, in_c
from gilscope.explore.search.shrink import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gilscope.explore.search.steps import Pending, Search, Step


class AskedInPython:
    """The same search, of which native code does not know."""

    def __init__(self, search: Exhaustive) -> None:
        self._search = search

    @property
    def doubts(self) -> Any:
        return self._search.doubts

    def begin(self) -> bool:
        return self._search.begin()

    def choose(self, enabled: frozenset[int], pending: Pending, numbered: int) -> int:
        return self._search.choose(enabled, pending, numbered)

    def took(self, thread: int, step: Step) -> None:
        self._search.took(thread, step)

    def stuck(self, blocked: Mapping[int, Step]) -> None:
        self._search.stuck(blocked)

    def end(self, blocked: Mapping[int, Step]) -> None:
        self._search.end(blocked)


class Account:
    def __init__(self) -> None:
        self.value = 0


def run(*workers: Callable[[], object]) -> None:
    threads = [threading.Thread(target=each) for each in workers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def lost_update() -> None:
    account = Account()

    def add() -> None:
        account.value += 1

    run(add, add)
    assert account.value == 2


def two_locks() -> None:
    first, second = threading.Lock(), threading.Lock()

    def one() -> None:
        with first, second:
            pass

    def other() -> None:
        with second, first:
            pass

    run(one, other)


def handed_on() -> None:
    ready, values = threading.Event(), []

    def give() -> None:
        values.append(1)
        ready.set()

    def take() -> None:
        assert ready.wait(1.0)
        values.append(2)

    run(give, take)


def started_within() -> None:
    values: list[int] = []

    def inner() -> None:
        values.append(len(values))

    def outer() -> None:
        run(inner, inner)

    run(outer, inner)
    assert sorted(values) == [0, 1, 2]


def executions(test: Callable[[], object], wrapped: Callable[[Exhaustive], Any]) -> list[Any]:
    """What each of an exhaustive search came to, after all shared places are known."""
    found: list[Any] = []
    with Executor(test, Scope(), most_steps=2_000) as executor:
        executor.set_world(with_gil=False)
        known = -1
        while known != _explorer.conflicts():
            known = _explorer.conflicts()
            found.clear()
            search = Recorded(wrapped(Exhaustive()))
            while search.begin():
                outcome = executor.run(search)
                ending = outcome.kind, outcome.covered, outcome.steps
                found.append((tuple(search.choices), *ending))
    return found


def itself(search: Exhaustive) -> Search:
    return search


@pytest.mark.parametrize("test", [lost_update, two_locks, handed_on, started_within])
def test_choices_are_those_of_the_scheduler(test: Callable[[], object]) -> None:
    quick = executions(test, itself)
    assert len(quick) > 1
    assert quick == executions(test, AskedInPython)


def test_only_an_exhaustive_search_is_asked_in_c() -> None:
    search = Exhaustive()
    assert in_c(search) == (search, None)
    recorded = Recorded(search)
    assert in_c(recorded) == (search, recorded.choices)
    assert in_c(AskedInPython(search)) is None
    assert in_c(Recorded(AskedInPython(search))) is None
