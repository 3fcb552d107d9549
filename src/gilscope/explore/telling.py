"""Follows one execution step by step: its events in words, and data races in it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope.explore.describing import Doing, doing
from gilscope.explore.model import DataRace, Event, Position
from gilscope.explore.places import is_users, position_of
from gilscope.explore.plans import Plan
from gilscope.explore.search.clocks import Clock, join
from gilscope.explore.search.steps import ACQUIRE, ALL, AWAIT, MODE, RELEASE, WRITE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.explore.executor import Executor
    from gilscope.explore.search.steps import Access, Step


class Taking(NamedTuple):
    """A thread takes a step."""

    thread: int
    step: Step
    position: Position
    doing: Doing


class Told(NamedTuple):
    thread: int
    number: int  # of the choice by which its step began, from 1
    position: Position
    doing: Doing


class Teller:
    """Give `tell` to an execution; afterwards there are `events` and `races`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.told: list[Told] = []
        self._locks: dict[int, str] = {}
        self.races = Races()

    def tell(self, thread: int, request: Any) -> None:
        """Before a thread takes its step."""
        frame = sys._getframe(1)  # noqa: SLF001 # the frame of the instruction
        if isinstance(request, Plan):
            what = Doing(request.verb, request.noun, None)
            if request.verb == "end":  # of a thread: nothing that its source says
                return
            frame = frame.f_back or frame
        else:
            what = self._named(doing(frame, request), request)
        position = position_of(frame)
        self.told.append(Told(thread, self._executor.steps(), position, what))
        is_call = what.operation == "call" or not is_users(frame.f_code.co_filename)
        taking = Taking(thread, self._executor.step_of(thread), position, what)
        self.races.saw(taking, is_sync=request is not None, is_call=is_call)

    def _named(self, what: Doing, request: Any) -> Doing:
        """A lock is released by the name by which it was acquired: `with` says it at its entry."""
        if what.operation == "acquire":
            self._locks[id(request[1])] = what.target
        elif what.operation == "release":
            return what._replace(target=self._locks.get(id(request[1]), what.target))
        return what

    def events(self, preemptions: Sequence[bool]) -> tuple[Event, ...]:
        """The events of what was told; `preemptions` says it of each choice of the search."""
        events = []
        last, chosen = -1, 0
        for thread, number, position, what in self.told:
            switch = last not in (-1, thread)
            events.append(
                Event(
                    thread,
                    position,
                    what.operation,
                    what.target,
                    what.value,
                    switch=switch,
                    preemption=switch and any(preemptions[chosen:number]),
                )
            )
            last, chosen = thread, number
        return tuple(events)


class Seen(NamedTuple):
    thread: int
    clock: int
    access: Access
    position: Position
    doing: Doing


class Races:
    """Happens-before by starts, joins and locks only (Lamport 1978; FastTrack, PLDI 2009)."""

    def __init__(self) -> None:
        self.locations: set[tuple[int, object]] = set()  # objects and parts, that were touched
        self.found: dict[tuple[Position, Position], DataRace] = {}
        self._clocks: dict[int, Clock] = {}
        self._sync: dict[int, Clock] = {}
        self._seen: dict[int, list[Seen]] = {}

    def saw(self, now: Taking, *, is_sync: bool, is_call: bool) -> None:
        thread = now.thread
        clock = self._clocks.setdefault(thread, {thread: 0})
        for access in now.step:
            if access[0] >= 0:
                self.locations.add(access[:2])
            if is_sync or access[2] in (ACQUIRE, RELEASE, AWAIT):
                self._synchronise(clock, access, thread)
            elif not is_call:
                self._check(clock, Seen(thread, clock[thread], access, now.position, now.doing))

    def _synchronise(self, clock: Clock, access: Access, thread: int) -> None:
        known = self._sync.setdefault(access[0], {})
        if access[2] != RELEASE:
            join(clock, known)
        if access[2] != AWAIT:
            join(known, clock)
            clock[thread] += 1

    def _check(self, clock: Clock, now: Seen) -> None:
        there = self._seen.setdefault(now.access[0], [])
        for other in there:
            if other.thread == now.thread or clock.get(other.thread, -1) >= other.clock:
                continue
            if WRITE in (other.access[2] & MODE, now.access[2] & MODE) and _overlap(
                other.access, now.access
            ):
                self._add(other, now)
        there.append(now)

    def _add(self, first: Seen, second: Seen) -> None:
        key = (first.position, second.position)
        if key in self.found or key[::-1] in self.found:
            return
        self.found[key] = DataRace(
            second.doing.target,
            first.position,
            _operation(first),
            second.position,
            _operation(second),
        )


def _operation(seen: Seen) -> str:
    """A missing key of a defaultdict is added by reading it."""
    is_adding = seen.access[2] & MODE == WRITE and seen.doing.operation == "read"
    return "read or add" if is_adding else seen.doing.operation


def _overlap(first: Access, second: Access) -> bool:
    return first[1] == second[1] or ALL in (first[1], second[1])
