"""Single interleavings by chance, in rotation of three ways, each good at other bugs. Seeded.

POS: partial order sampling (Yuan, Yang, Gu, CAV 2018). PCT: probabilistic concurrency testing
(Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from gilscope.explore.search.steps import dependent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.search.steps import Access, Pending, Step

ROTATION = ("pos", "pos", "pct", "random")
PCT_DEPTH = 3  # the number of ordered events that a bug needs: most need two or three
FIRST_GUESS_OF_STEPS = 16


class Sampling:
    """A number of executions; execution n of a seed is always the same."""

    def __init__(self, seed: int, executions: int) -> None:
        self.doubts: set[Access] = set()
        self._seed = seed
        self._left = executions
        self._number = 0
        self._longest = 0

    def begin(self) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        self._chance = random.Random(f"{self._seed} {self._number}")  # noqa: S311 # no secret
        self._way = ROTATION[self._number % len(ROTATION)]
        self._number += 1
        self._steps = 0
        self._priorities: dict[int, float] = {}
        steps = range(1, 1 + (self._longest or FIRST_GUESS_OF_STEPS))
        self._changes = {self._chance.choice(steps): float(-each) for each in range(PCT_DEPTH - 1)}
        return True

    def choose(self, enabled: frozenset[int], pending: Pending, numbered: int) -> int:
        del numbered
        self._steps += 1
        threads = sorted(enabled)
        if self._way == "random":
            return self._chance.choice(threads)
        for thread in threads:
            if thread not in self._priorities:
                self._priorities[thread] = self._chance.random()
        chosen = max(threads, key=self._priorities.__getitem__)
        if self._way == "pos":
            self._draw_again(chosen, threads, pending)
        elif self._steps in self._changes:
            self._priorities[chosen] = self._changes[self._steps]
            chosen = max(threads, key=self._priorities.__getitem__)
        return chosen

    def _draw_again(self, chosen: int, threads: list[int], pending: Pending) -> None:
        """In POS each thread's next step has a priority; steps that race get a new one."""
        steps = pending()
        step = steps.get(chosen, ())
        for thread in threads:
            if thread == chosen or dependent(step, steps.get(thread, ())):
                self._priorities[thread] = self._chance.random()

    def took(self, thread: int, step: Step) -> None:
        pass

    def stuck(self, blocked: Mapping[int, Step]) -> None:
        pass

    def end(self, blocked: Mapping[int, Step]) -> None:  # noqa: ARG002 # as Search has it
        self._longest = max(self._longest, self._steps)
