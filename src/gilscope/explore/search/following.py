"""A given schedule, as far as it can be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope._explorer import DivergedError
from gilscope.explore.search.steps import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.explore.search.steps import Access, Pending, Step


class Following:
    """One execution. Where the schedule names a thread that cannot go on: an error if `strict`,
    else that thread is passed over. After its end, each thread goes on for as long as it can.
    """

    def __init__(self, choices: Sequence[int], *, strict: bool) -> None:
        self.doubts: set[Access] = set()
        self._choices = list(choices)
        self._strict = strict
        self._at = 0
        self._last = NOBODY
        self._begun = False
        self.chosen: list[int] = []
        self.preemptions: list[bool] = []  # for each choice
        self.followed = True  # the schedule was the whole execution

    def begin(self) -> bool:
        first, self._begun = not self._begun, True
        return first

    def choose(self, enabled: frozenset[int], pending: Pending, numbered: int) -> int:
        del pending, numbered
        chosen = self._next(enabled)
        self.preemptions.append(chosen != self._last and self._last in enabled)
        self._last = chosen
        self.chosen.append(chosen)
        return chosen

    def _next(self, enabled: frozenset[int]) -> int:
        while self._at < len(self._choices):
            wanted = self._choices[self._at]
            self._at += 1
            if wanted in enabled:
                return wanted
            if self._strict:
                raise DivergedError
        if self._strict and self._choices:
            self.followed = False
        return self._last if self._last in enabled else min(enabled)

    def took(self, thread: int, step: Step) -> None:
        pass

    def stuck(self, blocked: Mapping[int, Step]) -> None:
        pass

    def end(self, blocked: Mapping[int, Step]) -> None:  # noqa: ARG002 # as Search has it
        self.followed = self.followed and self._at == len(self._choices)
