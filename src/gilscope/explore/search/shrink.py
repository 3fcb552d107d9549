"""Makes a failing schedule as easy to follow as possible: few preemptions, then few switches."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from gilscope.explore.search.bounded import Bounded
from gilscope.explore.search.dpor import Exhaustive
from gilscope.explore.search.following import Following

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gilscope.explore.search.steps import Search

MOST_TRIES = 400  # moving blocks
MOST_EXECUTIONS = 3_000  # looking for a schedule with fewer preemptions


class Failing(NamedTuple):
    """A schedule that fails. Compares as the easier one."""

    preemptions: int
    switches: int
    steps: int
    choices: tuple[int, ...]


class Shrinker:
    """`fails` runs an execution, and says whether it is the failure looked for; `is_late` whether
    it is time to be content.
    """

    def __init__(
        self,
        fails: Callable[[Search], bool],
        is_late: Callable[[], bool] = lambda: False,
    ) -> None:
        self._fails = fails
        self._is_late = is_late

    def follow(self, choices: Sequence[int]) -> Failing | None:
        """What really happens if a schedule is followed as far as it goes; None if that is well."""
        search = Following(choices, strict=False)
        search.begin()
        return measured(search) if self._fails(search) else None

    def shrink(self, failing: Failing) -> tuple[Failing, bool]:
        """An easier one, and whether no schedule with fewer preemptions fails."""
        best = self._with_moved_blocks(failing)
        fewer, exhausted = self._with_fewer_preemptions(best.preemptions)
        if fewer is not None:
            best = self._with_moved_blocks(fewer)
        return best, exhausted

    def _with_moved_blocks(self, best: Failing) -> Failing:
        tries = 0
        improved = True
        while improved and tries < MOST_TRIES and not self._is_late():
            improved = False
            for candidate in merged_blocks(best.choices):
                tries += 1
                found = self.follow(candidate)
                if found is not None and found < best:
                    best, improved = found, True
                    break
                if tries >= MOST_TRIES or self._is_late():
                    break
        return best

    def _with_fewer_preemptions(self, preemptions: int) -> tuple[Failing | None, bool]:
        executions = 0
        for bound in range(preemptions):
            search = Recorded(Bounded(bound))
            while search.begin():
                executions += 1
                if executions > MOST_EXECUTIONS or self._is_late():
                    return None, False
                if self._fails(search):
                    return self.follow(search.choices), True
        return None, True


def measured(search: Following) -> Failing:
    switches = max(0, sum(1 for _ in groupby(search.chosen)) - 1)
    return Failing(sum(search.preemptions), switches, len(search.chosen), tuple(search.chosen))


def merged_blocks(choices: Sequence[int]) -> Iterator[list[int]]:
    """Schedules in which a block of steps of one thread comes right after the block before it."""
    blocks = [(thread, len(list(steps))) for thread, steps in groupby(choices)]
    for at, (thread, _) in enumerate(blocks):
        for later in range(at + 2, len(blocks)):
            if blocks[later][0] == thread:
                moved = [
                    *blocks[: at + 1],
                    blocks[later],
                    *blocks[at + 1 : later],
                    *blocks[later + 1 :],
                ]
                yield [each for each, count in moved for _ in range(count)]
                break


class Recorded:
    """A search that remembers what it chose in the current execution."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self.choices: list[int] = []
        self.doubts = search.doubts
        self.took = search.took
        self.stuck = search.stuck
        self.end = search.end

    def begin(self) -> bool:
        self.choices = []
        return self._search.begin()

    def choose(self, enabled: frozenset[int], pending: object, numbered: int) -> int:
        chosen = self._search.choose(enabled, pending, numbered)  # type: ignore[arg-type]
        self.choices.append(chosen)
        return chosen

    def in_c(self) -> tuple[Exhaustive, list[int] | None] | None:
        """As dpor.in_c."""
        search = self._search
        return (search, self.choices) if isinstance(search, Exhaustive) else None
