"""Which steps of an execution decided how it ended: where the accesses of two threads met.

Two accesses meet if they are to the same part of one object, by two threads, one of them writes,
nothing wrote there between them, and no start or join has them in this order always.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from gilscope.explore.narration.clocks import Clock, join
from gilscope.explore.search.steps import ALL, AWAIT, MODE, READ, RELEASE, WRITE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from gilscope.explore.search.steps import Access, Step


ACQUIRES = "acquire"


class Taken(NamedTuple):
    """What a thread touched at once."""

    thread: int
    accesses: Step
    lock: str = ""  # "acquire" or "release": what it does to a lock
    is_sync: bool = False  # what it touches is there to be shared: a lock, a queue, a thread
    in_library: bool = False
    preempts: bool = False  # another thread that could have gone on


class _Seen(NamedTuple):
    """An access, and what its thread knew and held at it."""

    step: int
    thread: int
    access: Access
    clock: int
    locks: frozenset[int]


class _Meeting(NamedTuple):
    first: _Seen
    second: _Seen

    def is_guarded(self) -> bool:
        return bool(self.first.locks & self.second.locks)


def decisive(steps: Sequence[Taken], holders: Collection[int] = ()) -> set[int]:
    """The steps that decided, by index. `holders` have a lock for which others wait for ever.

    What two threads do to an object under one lock is no fault of its own, and what a library does
    in its own code is rarely one: such steps are named only if there are no others.
    """
    locks = _left_held(steps, holders)
    meetings = list(_meetings(steps))
    parted = _parted(steps, meetings)
    own = [each for each in meetings if not _in_library(steps, each)]
    loose = [each for each in own if not each.is_guarded() or each in parted]
    if locks:
        return locks | {seen.step for each in loose for seen in each}
    anywhere = [each for each in meetings if not each.is_guarded() or each in parted]
    chosen = loose or anywhere or own or meetings
    return {seen.step for each in chosen for seen in each}


def _left_held(steps: Sequence[Taken], holders: Collection[int]) -> set[int]:
    """Where locks were acquired that were not released."""
    held: dict[tuple[int, int], list[int]] = {}
    for number, step in enumerate(steps):
        if not step.lock or step.thread not in holders:
            continue
        for access in step.accesses:
            acquired = held.setdefault((step.thread, access[0]), [])
            if step.lock == ACQUIRES:
                acquired.append(number)
            elif acquired:
                acquired.pop()
    left = {number for acquired in held.values() for number in acquired}
    return {number for number in left if not steps[number].in_library} or left


def _in_library(steps: Sequence[Taken], meeting: _Meeting) -> bool:
    return all(steps[each.step].in_library for each in meeting)


def _parted(steps: Sequence[Taken], meetings: Sequence[_Meeting]) -> set[_Meeting]:
    """Meetings of one thread with two accesses of another that was preempted between them."""
    overtaken: dict[tuple[int, int], list[_Meeting]] = {}
    for each in meetings:
        if _is_preempted(steps, each):
            overtaken.setdefault((each.first.access[0], each.first.thread), []).append(each)
    found = set()
    for after in meetings:
        for before in overtaken.get((after.second.access[0], after.second.thread), ()):
            if before.second.step <= after.first.step:
                found |= {before, after}
    return found


def _is_preempted(steps: Sequence[Taken], meeting: _Meeting) -> bool:
    """Whether the thread that came first was preempted before the other came."""
    between = range(meeting.first.step + 1, meeting.second.step + 1)
    return any(
        steps[at].preempts and steps[at - 1].thread == meeting.first.thread for at in between
    )


def _meetings(steps: Sequence[Taken]) -> Iterator[_Meeting]:
    clocks: dict[int, Clock] = {}
    known: dict[int, Clock] = {}  # of starts and ends of threads
    held: dict[int, Counter[int]] = {}
    seen: dict[int, list[_Seen]] = {}
    for number, (thread, accesses, lock, is_sync, *_) in enumerate(steps):
        clock = clocks.setdefault(thread, {thread: 0})
        for access in accesses:
            if access[0] < 0:
                _order(clock, known.setdefault(access[0], {}), access, thread)
                if _starts(access):
                    child = _started_by(access)
                    join(clocks.setdefault(child, {child: 0}), known[access[0]])
            elif lock:
                held.setdefault(thread, Counter())[access[0]] += 1 if lock == ACQUIRES else -1
            elif not is_sync:
                locks = frozenset(+held.get(thread, Counter()))
                now = _Seen(number, thread, access, clock.get(thread, 0), locks)
                there = seen.setdefault(access[0], [])
                for other in _met(there, now):
                    if clock.get(other.thread, -1) < other.clock:
                        yield _Meeting(other, now)
                there.append(now)


def _starts(access: Access) -> bool:
    """Starts and ends of threads have negative numbers, in turn: see `requests.start_of`."""
    return access[0] % 2 == 1 and access[2] == RELEASE


def _started_by(access: Access) -> int:
    return (-access[0] - 1) // 2


def _order(clock: Clock, known: Clock, access: Access, thread: int) -> None:
    if access[2] == AWAIT:
        join(clock, known)
    elif access[2] == RELEASE:
        join(known, clock)
        clock[thread] = clock.get(thread, 0) + 1


def _met(there: Sequence[_Seen], now: _Seen) -> Iterator[_Seen]:
    """The last write to what is read; or the last write to what is written, and reads since."""
    writes = now.access[2] & MODE == WRITE
    for other in reversed(there):
        if not _overlap(other.access, now.access):
            continue
        wrote = other.access[2] & MODE == WRITE
        if other.thread != now.thread and (wrote or writes):
            yield other
        if wrote:
            return


def _overlap(first: Access, second: Access) -> bool:
    plain = {first[2] & MODE, second[2] & MODE} <= {READ, WRITE}
    return plain and (first[1] == second[1] or ALL in (first[1], second[1]))
