"""How much of its executions and its time the search of a world has spent."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.options import Options


class Budget:
    """From now on."""

    def __init__(self, executor: Executor, options: Options) -> None:
        self.first = executor.executions  # how many there were before
        self.is_closed = False  # whoever asked for it wants no more
        self._executor = executor
        self._options = options
        self._most_executions = float(options.executions)
        self._most_s = options.seconds
        self._began_s = time.monotonic()

    def add(self, share: float) -> None:
        """So much of what there was at first, from now on."""
        self._most_executions = self.executions() + share * self._options.executions
        self._most_s = self.elapsed_s() + share * self._options.seconds

    def executions(self) -> int:
        return self._executor.executions - self.first

    def elapsed_s(self) -> float:
        return time.monotonic() - self._began_s

    def spent(self) -> float:
        """The share of it: of executions or of time, whichever is more."""
        if self.is_closed:
            return math.inf
        return max(self.executions() / self._most_executions, self.time_spent())

    def time_spent(self) -> float:
        return self.elapsed_s() / self._most_s
