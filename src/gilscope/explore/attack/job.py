"""What is to be attacked, and how much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Job:
    """A test, and what belongs to each of its runs."""

    test: Callable[[], object]
    prepare: Callable[[], object] | None = None  # before each run, and no part of it
    restore: Callable[[], object] | None = None  # after each run: globals as they were
    invariant: Callable[[], object] | None = None  # at the end of each run
    traced: bool = True  # a switch may come before any instruction
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Runs go on for `least_s`, then up to `soon_s` until they are `enough`.

    So that a busy machine is no reason for none at all, a `few` may take up to `most_s`.
    """

    least_s: float
    soon_s: float
    most_s: float
    enough: int
    few: int = 20
    most_runs: int = 500
    shortest_timeout_s: float = math.inf  # that the test asked for: a longer run says nothing

    def wants_more(self, runs: int, elapsed_s: float) -> bool:
        if runs >= self.most_runs or elapsed_s >= self.most_s:
            return False
        wanted = self.enough if elapsed_s < self.soon_s else self.few
        return elapsed_s < self.least_s or runs < wanted
