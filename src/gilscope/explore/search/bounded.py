"""Every schedule with at most so many preemptions.

A preemption is a switch away from a thread that could have gone on. Most bugs need one or two
(Musuvathi, Qadeer: Iterative context bounding, PLDI 2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gilscope._explorer import DivergedError
from gilscope.explore.search.steps import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.search.steps import Access, Pending, Step


class Choice(NamedTuple):
    """Threads that were left to try at a state, the one that runs last; preemptions before it."""

    left: list[int]
    enabled: frozenset[int]
    preemptions: int


class Bounded:
    """Depth first, without reduction: reducing and bounding do not go together."""

    def __init__(self, bound: int, *, proves: bool = False) -> None:
        self.bound = bound
        # It knows no order of steps: if something is to follow from its end, all doubts count.
        self.doubts: set[Access] | None = None if proves else set()
        self.cut = False  # whether the bound left something out
        self._path: list[Choice] = []
        self._depth = 0
        self._started = False

    def begin(self) -> bool:
        self._depth = 0
        if not self._started:
            self._started = True
            return True
        while self._path:
            self._path[-1].left.pop()
            if self._path[-1].left:
                return True
            self._path.pop()
        return False

    def choose(self, enabled: frozenset[int], pending: Pending, numbered: int) -> int:
        del pending, numbered
        if self._depth == len(self._path):
            self._path.append(self._choices(enabled))
        elif self._path[self._depth].enabled != enabled:
            raise DivergedError
        return self._path[self._depth].left[-1]

    def _choices(self, enabled: frozenset[int]) -> Choice:
        last, spent = NOBODY, 0
        if self._path:
            before = self._path[-1]
            last, spent = before.left[-1], before.preemptions
        if len(self._path) > 1:
            earlier = self._path[-2].left[-1]
            spent += last != earlier and earlier in self._path[-1].enabled
        if last not in enabled:
            return Choice(sorted(enabled, reverse=True), enabled, spent)
        if spent >= self.bound:
            self.cut = self.cut or len(enabled) > 1
            return Choice([last], enabled, spent)
        return Choice([*sorted(enabled - {last}, reverse=True), last], enabled, spent)

    def took(self, thread: int, step: Step) -> None:  # noqa: ARG002 # as Search has it
        self._depth += 1

    def stuck(self, blocked: Mapping[int, Step]) -> None:
        pass

    def end(self, blocked: Mapping[int, Step]) -> None:
        del blocked
        if self._depth < len(self._path):
            raise DivergedError
