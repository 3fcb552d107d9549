"""Asks whether executions begin as the first one did, or find what that has left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.facts import Reason, ReasonKind
from gilscope.explore.search.following import Following

if TYPE_CHECKING:
    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.engine.isolation.beginning import Way


def left_behind(executor: Executor) -> Reason | None:
    """Why it is certain that the second execution did not begin as the first; None if it did.

    Where two threads meet is known after the first execution, so that another order may come next:
    two more are run, as if nothing was known yet. After that it is as after the first one.
    """
    first = executor.beginning.first
    assert first is not None
    later: list[Way] = []
    for _ in range(2):
        _explorer.new_exploration(False)  # of the same code
        search = Following((), strict=False)
        search.begin()
        outcome = executor.run(search)
        if outcome.gave_up:
            return outcome.gave_up
        assert executor.beginning.last is not None
        later.append(executor.beginning.last)
    return _difference(first, later)


def _difference(first: Way, later: list[Way]) -> Reason | None:
    ending = next((each.ending for each in later if each.ending is not None), None)
    if ending is not None and first.ending is None:
        return Reason(ReasonKind.ENDED_OTHERWISE, ending.message())
    ways = [each.instructions for each in later]
    if first.instructions in ways:
        return None
    is_same = len(set(ways)) == 1
    departure = next((each.departure() for each in later if each.code is not None), None)
    kind = ReasonKind.WENT_OTHERWISE if is_same else ReasonKind.EACH_OTHERWISE
    return Reason(kind, position=departure)
