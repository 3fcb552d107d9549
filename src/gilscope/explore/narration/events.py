"""Follows one execution step by step: its events in words, and data races in it."""

from __future__ import annotations

import _thread
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope.explore.bytecode.scope import is_users
from gilscope.explore.engine.plans import Plan
from gilscope.explore.engine.positions import place_of, position_at, program_frame
from gilscope.explore.engine.synchronisation import is_free
from gilscope.explore.narration.clocks import Clock, join
from gilscope.explore.narration.decisive import Taken, decisive
from gilscope.explore.narration.naming import Names
from gilscope.explore.narration.steps import LOCKING, OPERATIONS, Doing, doing
from gilscope.explore.results import DataRace, Event, Failure
from gilscope.explore.search.steps import ACQUIRE, ALL, AWAIT, MODE, RELEASE, WRITE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.explore.engine.executor import Executor
    from gilscope.explore.facts import Position
    from gilscope.explore.search.steps import Access, Step


class Taking(NamedTuple):
    """A thread takes a step."""

    thread: int
    step: Step
    position: Position
    doing: Doing


class StepTaken(NamedTuple):
    """A step, and what it did."""

    thread: int
    number: int  # of the choice by which its step began, from 1
    position: Position
    doing: Doing | None  # None: the end of a thread, which its source does not say
    taken: Taken


class Narrator:
    """Follows an execution by `tell`; afterwards there are `events` and `races`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.steps: list[StepTaken] = []
        self._names = Names(_thread.get_ident())  # made in the thread that the test runs in
        self._locks: dict[int, Doing] = {}
        self._last = (-1, -1, 0)  # thread, choice, and how many accesses of its step are known
        self.races = Races()

    def tell(self, thread: int, request: Any) -> None:
        """Before a thread takes its step."""
        frame = sys._getframe(1)  # noqa: SLF001 # the frame of the instruction
        what: Doing | None
        if isinstance(request, Plan):
            what = Doing(request.verb, request.noun) if request.verb != "end" else None
            frame = frame.f_back or frame
        else:
            what = self._named(doing(frame, request, self._names), request)
        position = position_at(place_of(program_frame(frame)))
        taken = Taken(
            thread,
            self._accesses(thread),
            lock=_on_lock(request),
            is_sync=request is not None,
            in_library=not is_users(frame.f_code.co_filename),
        )
        self.steps.append(StepTaken(thread, self._executor.steps(), position, what, taken))
        if what is not None:
            taking = Taking(thread, taken.accesses, position, what)
            is_call = what.operation == "call" or taken.in_library
            self.races.saw(taking, is_sync=taken.is_sync, is_call=is_call)

    def _accesses(self, thread: int) -> Step:
        """Those of this instruction: with the GIL, several make a step."""
        step, choice = self._executor.step_of(thread), self._executor.steps()
        last_thread, last_choice, known = self._last
        self._last = (thread, choice, len(step))
        return step[known:] if (thread, choice) == (last_thread, last_choice) else step

    def _named(self, what: Doing, request: Any) -> Doing:
        """A lock is released by the name by which it was acquired: `with` says it at its entry."""
        if request is None or what.operation not in LOCKING:
            return what
        if what.operation == "acquire":
            self._locks[id(request[1])] = what
            return what
        known = self._locks.get(id(request[1]), what)
        return what._replace(target=known.target, same=known.same)

    def events(
        self, preemptions: Sequence[bool], failure: Failure | None = None
    ) -> tuple[Event, ...]:
        """What happened; `preemptions` says of each choice of the search whether it was one."""
        switches = list(self._switches(preemptions))
        taken = [
            each.taken._replace(preempts=preemption)
            for each, (_, preemption) in zip(self.steps, switches, strict=True)
        ]
        chosen = decisive(taken, holders_in(failure))
        return tuple(
            _event(each, switch=switch, preemption=preemption, decisive=index in chosen)
            for index, (each, (switch, preemption)) in enumerate(
                zip(self.steps, switches, strict=True)
            )
            if each.doing is not None
        )

    def _switches(self, preemptions: Sequence[bool]) -> Iterator[tuple[bool, bool]]:
        """Of each step: whether it is a switch, and a preemption."""
        last, chosen = -1, 0
        for each in self.steps:
            if each.doing is None:
                yield False, False
                continue
            switch = last not in (-1, each.thread)
            yield switch, switch and any(preemptions[chosen : each.number])
            last, chosen = each.thread, each.number


def _on_lock(request: Any) -> str:
    """What a request does to a lock: a try that will fail does nothing."""
    operation = OPERATIONS.get(request[0], "") if isinstance(request, tuple) else ""
    if operation == "release":
        return operation
    return operation if operation == "acquire" and is_free(request[1]) else ""


def holders_in(failure: Failure | None) -> frozenset[int]:
    """Threads that have a lock for which another waits for ever."""
    blocked = failure.blocked if failure is not None else ()
    return frozenset(
        each.held_by for each in blocked if each.held_by is not None and not each.is_join
    )


def _event(step: StepTaken, *, switch: bool, preemption: bool, decisive: bool) -> Event:
    what = step.doing
    assert what is not None
    return Event(
        step.thread,
        step.position,
        what.operation,
        what.target,
        what.value,
        switch=switch,
        preemption=preemption,
        before=what.before,
        object=what.object,
        same=what.same,
        decisive=decisive,
        inside=what.inside,
    )


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
