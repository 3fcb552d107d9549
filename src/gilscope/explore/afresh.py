"""Asks whether executions begin as the first one did, or find what that has left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.search.following import Following

if TYPE_CHECKING:
    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.engine.isolation.beginning import Way

LEFT = "so something was left behind"
ANOTHER_WAY = "the first execution went another way than those after it"
ANOTHER_END = "the first execution ended well, and one after it did not"
ALL_WAYS = "each of the first executions went another way"


def left_behind(executor: Executor) -> str:
    """Why it is certain that the second execution did not begin as the first; nothing if it did.

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


def _difference(first: Way, later: list[Way]) -> str:
    failure = next((each.failure for each in later if each.failure), "")
    if failure and not first.failure:
        return f"{ANOTHER_END}, {LEFT}: {failure}"
    ways = [each.instructions for each in later]
    if first.instructions in ways:
        return ""
    departure = next((f": see {each.place()}" for each in later if each.code is not None), "")
    what = f"{ANOTHER_WAY}, {LEFT}" if len(set(ways)) == 1 else ALL_WAYS
    return f"{what}{departure}"
