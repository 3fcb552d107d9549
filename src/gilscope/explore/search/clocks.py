"""Happens-before of one execution, and the pairs of steps in it that could have come otherwise.

Vector clocks over step numbers: `clock[t]` is the last step of thread t that happened before.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from gilscope.explore.search.steps import ACQUIRE, conflict, reversible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.explore.search.steps import Access, Step

Clock = dict[int, int]


class Taken(NamedTuple):
    """A step that was taken, its clock after it, and the thread's before."""

    thread: int
    step: Step
    clock: Clock
    before: Clock


def join(clock: Clock, other: Clock) -> None:
    for thread, number in other.items():
        if clock.get(thread, -1) < number:
            clock[thread] = number


class Trace:
    """The steps of one execution so far, with their order; can be cut back to its beginning."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self._threads: dict[int, Clock] = {}
        self._numbers: dict[int, list[int]] = {}  # of the steps of each thread
        self._touched: dict[int, dict[int, list[tuple[int, Access]]]] = {}  # by object, by thread
        # After so many steps; the threads' clocks, and what was common to all, before it.
        self._barriers: list[tuple[int, dict[int, Clock], Clock]] = []
        self._common: Clock = {}  # known to threads that have not taken a step yet

    def append(self, thread: int, step: Step) -> None:
        number = len(self.taken)
        before = self._clock_of(thread)
        clock = dict(before)
        for access in step:
            for other, theirs in self._touched.get(access[0], {}).items():
                if other == thread:
                    continue
                known = clock.get(other, -1)
                for earlier, its in reversed(theirs):
                    if earlier <= known:
                        break
                    if conflict(its, access):
                        join(clock, self.taken[earlier].clock)
                        break
        clock[thread] = number
        self.taken.append(Taken(thread, step, clock, before))
        self._threads[thread] = clock
        self._numbers.setdefault(thread, []).append(number)
        for access in step:
            by_thread = self._touched.setdefault(access[0], {})
            by_thread.setdefault(thread, []).append((number, access))

    def _clock_of(self, thread: int) -> Clock:
        return self._threads.get(thread, self._common)

    def cut(self, length: int) -> None:
        """Forget all but the first steps."""
        while True:
            taken = len(self.taken)
            if self._barriers and self._barriers[-1][0] >= max(taken, length):
                _, self._threads, self._common = self._barriers.pop()
            elif taken > length:
                thread, step, _, before = self.taken.pop()
                self._numbers[thread].pop()
                for access in step:
                    self._touched[access[0]][thread].pop()
                self._threads[thread] = before
            else:
                return

    def barrier(self) -> None:
        """Time passes, which it does only when no thread can go on: nothing crosses this point."""
        if self._barriers and self._barriers[-1][0] == len(self.taken):
            return
        self._barriers.append((len(self.taken), dict(self._threads), self._common))
        self._common = self._all_of(self._threads)
        self._threads = dict.fromkeys(self._threads, self._common)

    @staticmethod
    def _all_of(threads: dict[int, Clock]) -> Clock:
        common: Clock = {}
        for clock in threads.values():
            join(common, clock)
        return common

    def races(self, thread: int, step: Step) -> Iterator[int]:
        """Earlier steps that a thread's next step could have preceded, the latest first.

        Ask before the step is appended. A step that happened before another of them is not named:
        it is when that one has been reversed. But where a lock is waited for, that one may have
        come while the lock was held, and its reversal may not exist: then all are named.
        """
        found = self._reversible(thread, step)
        if not found:
            return
        waits = any(access[2] == ACQUIRE for access in step)
        known = dict(self._clock_of(thread))
        for number in sorted(found, reverse=True):
            if known.get(self.taken[number].thread, -1) >= number:
                continue
            if not waits:
                join(known, self.taken[number].clock)
            yield number

    def _reversible(self, thread: int, step: Step) -> set[int]:
        clock = self._clock_of(thread)
        found: set[int] = set()
        for access in step:
            for other, theirs in self._touched.get(access[0], {}).items():
                if other == thread:
                    continue
                known = clock.get(other, -1)
                for earlier, its in reversed(theirs):
                    if earlier <= known:
                        break
                    if conflict(its, access) and reversible(its, access):
                        found.add(earlier)
        return found

    def initials(self, number: int, thread: int, step: Step) -> tuple[set[int], set[int]]:
        """Threads that can begin an execution in which `step` comes before step `number`.

        They are the first of the steps after `number` that do not depend on it, then `step`
        (source sets: Abdulla, Aronis, Jonsson, Sagonas, POPL 2014, section 4). Second: those of
        them that begin all such executions, as `step` comes after theirs.
        """
        firsts = self._firsts(number)
        past = self._past_without(number, thread, step)
        initials = self._minimal(firsts)
        needed = {other for other in initials if past.get(other, -1) >= firsts[other]}
        if not any(past.get(other, -1) >= first for other, first in firsts.items()):
            initials.add(thread)
            needed.add(thread)
        return initials, needed

    def needed(self, number: int, later: int) -> set[int]:
        """Threads that begin all executions in which step `later` comes before step `number`."""
        firsts, past = self._firsts(number), self.taken[later].clock
        return {each for each in self._minimal(firsts) if past.get(each, -1) >= firsts[each]}

    def follows(self, later: int, number: int) -> bool:
        return self.taken[later].clock.get(self.taken[number].thread, -1) >= number

    def _firsts(self, number: int) -> dict[int, int]:
        """The first step of each thread after one, if it does not depend on that."""
        firsts: dict[int, int] = {}
        for thread, numbers in self._numbers.items():
            place = bisect_right(numbers, number)
            if place < len(numbers) and not self.follows(numbers[place], number):
                firsts[thread] = numbers[place]
        return firsts

    def _minimal(self, firsts: dict[int, int]) -> set[int]:
        """The threads of those steps that none of the others happened before."""
        clocks = {thread: self.taken[first].clock for thread, first in firsts.items()}
        return {
            thread
            for thread, clock in clocks.items()
            if not any(
                clock.get(other, -1) >= first for other, first in firsts.items() if other != thread
            )
        }

    def _past_without(self, number: int, thread: int, step: Step) -> Clock:
        """The clock of a next step if step `number`, and what depends on it, were not there."""
        past = dict(self._clock_of(thread))
        for access in step:
            for theirs in self._touched.get(access[0], {}).values():
                for earlier, its in reversed(theirs):
                    if earlier <= number:
                        break
                    if conflict(its, access) and not self.follows(earlier, number):
                        join(past, self.taken[earlier].clock)
                        break
        return past
