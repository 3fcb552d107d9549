"""The clock that an explored program sees.

It begins at real time, so that it is never before a time that was taken at import. After that,
sleeps and timeouts advance it; and each look at it, so that time does not stand still.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.explore.engine.execution import Execution

NANOSECONDS = 1_000_000_000
TICK_NS = 1_000
FREE_LOOKS = 16  # by a thread, one after the other; with each one more, time goes faster


class Clock:
    """Use `begin` before each execution; all clocks of a program go alike."""

    def __init__(self) -> None:
        self.most_readers = 0  # threads of one execution
        self.most_own_readers = 0  # those among them of which the program's own code looks
        self.is_librarys = False  # others look, too: the library, to wait until then
        self.looks = 0
        self._began_ns = {
            "time": time.time_ns(),
            "monotonic": time.monotonic_ns(),
            "perf_counter": time.perf_counter_ns(),
        }
        self._execution: Execution | None = None
        self._ticked_ns = 0
        self._looks_of: dict[int, tuple[int, int]] = {}
        self._own_readers: set[int] = set()

    def begin(self, execution: Execution) -> None:
        self._execution = execution
        self.looks = self._ticked_ns = 0
        self._looks_of = {}
        self._own_readers = set()

    def note(self, *, own: bool) -> None:
        """Whose code is about to look."""
        self.is_librarys |= not own
        if own and self._execution is not None:
            self._own_readers.add(self._execution.running)
            self.most_own_readers = max(self.most_own_readers, len(self._own_readers))

    def seconds(self, name: str) -> float:
        return self.nanoseconds(name) / NANOSECONDS

    def nanoseconds(self, name: str) -> int:
        """Each time later than the last: also if it is another thread that looks."""
        if self._execution is None:
            return self._began_ns[name]
        self._tick(self._execution)
        passed_ns = int(self._execution.now_s * NANOSECONDS) + self._ticked_ns
        return self._began_ns[name] + passed_ns

    def _tick(self, execution: Execution) -> None:
        """Time goes faster for one that looks again and again, as loops do that wait for a time."""
        thread = execution.running
        steps, looks = self._looks_of.get(thread, (0, 0))
        waits = steps == execution.steps or execution.outcome.fair
        looks = looks + 1 if waits else 1
        self._looks_of[thread] = execution.steps, looks
        self._ticked_ns += TICK_NS * max(1, looks - FREE_LOOKS)
        self.looks += 1
        self.most_readers = max(self.most_readers, len(self._looks_of))
