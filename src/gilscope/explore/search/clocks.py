"""Happens-before of one execution, and the pairs of steps in it that could have come otherwise.

Vector clocks over step numbers: `clock[t]` is the last step of thread t that happened before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.explore.search.steps import Mode, conflict, dependent, reversible

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from gilscope.explore.search.steps import Access, Step

Clock = dict[int, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, and its clock after it."""

    thread: int
    step: Step
    clock: Clock


def join(clock: Clock, other: Clock) -> None:
    for thread, number in other.items():
        if clock.get(thread, -1) < number:
            clock[thread] = number


class Trace:
    """The steps of one execution so far, with their order."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self._threads: dict[int, Clock] = {}
        self._touched: dict[Hashable, list[tuple[int, Access]]] = {}

    def append(self, thread: int, step: Step) -> None:
        number = len(self.taken)
        clock = dict(self._threads.get(thread, {}))
        for access in step:
            for earlier, other in self._touched.get(access.location, ()):
                if conflict(other, access):
                    join(clock, self.taken[earlier].clock)
        clock[thread] = number
        self.taken.append(Taken(thread, step, clock))
        self._threads[thread] = clock
        for access in step:
            self._touched.setdefault(access.location, []).append((number, access))

    def races(self, thread: int, step: Step) -> Iterator[int]:
        """Earlier steps that a thread's next step could have preceded, the latest first.

        Ask before the step is appended. A step that happened before another of them is not named:
        it is when that one has been reversed. But where a lock is waited for, that one may have
        come while the lock was held, and its reversal may not exist: then all are named.
        """
        waits = any(access.mode is Mode.ACQUIRE for access in step)
        known = dict(self._threads.get(thread, {}))
        found = {
            earlier
            for access in step
            for earlier, other in self._touched.get(access.location, ())
            if reversible(other, access)
        }
        for number in sorted(found, reverse=True):
            owner = self.taken[number].thread
            if owner == thread or known.get(owner, -1) >= number:
                continue
            if not waits:
                join(known, self.taken[number].clock)
            yield number

    def initials(self, number: int, thread: int, step: Step) -> set[int]:
        """Threads that can begin an execution in which `step` comes before step `number`.

        They are the first of the steps after `number` that do not depend on it, then `step`
        (source sets: Abdulla, Aronis, Jonsson, Sagonas, POPL 2014, section 4).
        """
        owner = self.taken[number].thread
        later = [
            (index, each)
            for index, each in enumerate(self.taken[number + 1 :], number + 1)
            if each.clock.get(owner, -1) < number
        ]
        first: set[int] = set()
        seen: set[int] = set()
        for place, (_, each) in enumerate(later):
            if each.thread not in seen and not any(
                each.clock.get(before.thread, -1) >= index for index, before in later[:place]
            ):
                first.add(each.thread)
            seen.add(each.thread)
        mine = self._threads.get(thread, {})
        if thread not in seen and not any(
            mine.get(each.thread, -1) >= index or dependent(each.step, step)
            for index, each in later
        ):
            first.add(thread)
        return first
