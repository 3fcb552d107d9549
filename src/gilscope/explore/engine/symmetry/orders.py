"""Threads that begin alike: of the orders in which they could do their first steps, one is run.

Say that threads 1 to n of a class were started by one parent, with the same target and arguments,
and nobody can tell them apart. Take any execution, and call its threads anew, by the order of
their first steps: that is an execution, too, and ends as well or as badly. So only those need be
run in which the threads take their first steps in the order of their numbers.

That is brought about as if each were started by the first step of the one before: its beginning
waits for that. A search needs to know nothing of it. (The beginning itself, up to what may meet
another thread, no one sees: it can always wait until just before the first step.) Where no thread
can go on, all that wait so may begin, before time passes or the execution ends.

What tells threads apart ends this for a test: `Symmetry.broken` says what, and the search starts
again in full. All of it is checked in the executions that are run: what happens first in any
execution that tells threads apart also happens, under other names, in one of those.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gilscope.explore.engine import synchronisation
from gilscope.explore.engine.standins import identity
from gilscope.explore.engine.symmetry.alike import Start, are_alike, start_of
from gilscope.explore.engine.symmetry.joins import Joins, joining_place
from gilscope.explore.engine.thread import BEGUN, NEW, STEPPED
from gilscope.explore.search.steps import ALL, RELEASE, doubts

if TYPE_CHECKING:
    import contextvars
    from collections.abc import Iterable, Iterator

    from gilscope.explore.engine.execution import Execution
    from gilscope.explore.engine.plans import Plan
    from gilscope.explore.engine.thread import LogicalThread
    from gilscope.explore.search.steps import Access, Step


MAIN = 0


class Symmetry:
    """Of one exploration."""

    def __init__(self, invariant: object = None) -> None:
        # What told threads apart. An invariant is not observed, and may look at them.
        self.broken = "" if invariant is None else "an invariant"
        self.is_on = False

    def use(self, *, on: bool) -> None:
        """Whether executions from now on are run in one order only."""
        self.is_on = on and not self.broken

    @contextmanager
    def used(self, *, on: bool) -> Iterator[None]:
        self.use(on=on)
        try:
            yield
        finally:
            self.use(on=False)

    def is_unbroken(self) -> bool:
        """Whether what was run since then stands for all that was not."""
        return not (self.is_on and self.broken)


@dataclass(slots=True)
class Group:
    """Threads that are alike until they take a step."""

    start: Start
    members: list[LogicalThread] = field(default_factory=list)
    is_open: bool = True  # the next that begins alike is one of them
    first_steps: list[Step] = field(default_factory=list)


class SymmetryClasses:
    """Of the threads of one execution."""

    def __init__(self, execution: Execution, symmetry: Symmetry) -> None:
        self._execution = execution
        self._symmetry = symmetry
        self._started_by: dict[int, list[Group]] = {}
        self.group_of: dict[int, Group] = {}  # of threads, by number
        self._ended_for: dict[int, set[int]] = {}  # what each thread has joined
        self._limited_joins = False  # with a timeout
        self._time_passed = False
        self._asked_who = identity.looks_behind()

    # --- starts and first steps ------------------------------------------------------------------

    def group_for(self, parent: int, thread: Any, context: contextvars.Context) -> Group | None:
        """The threads that one is like that is about to be started; None if it is like no other."""
        start = start_of(thread, context) if self._symmetry.is_on else None
        if start is None:
            return None
        groups = self._started_by.setdefault(parent, [])
        for each in groups:
            if each.is_open and are_alike(each.start, start):
                return each
        groups.append(Group(start))
        return groups[-1]

    def plan(self, number: int, group: Group | None) -> Plan:
        """How a thread begins."""
        if group is None or not group.members:
            return synchronisation.started(number)
        before, outcome = group.members[-1], self._execution.outcome
        return synchronisation.started_after(
            number, before.number, lambda: before.progress == STEPPED or outcome.fair
        )

    def add(self, child: LogicalThread, group: Group | None) -> None:
        if group is not None:
            group.members.append(child)
            self.group_of[child.number] = group
            self._check_who()

    def took(self, thread: LogicalThread, seen_doubts: set[Access] | None) -> None:
        """A thread has taken a step: if it is its first, the next one like it may begin."""
        group = self.group_of.get(thread.number)
        if group is None or thread.progress == STEPPED or thread.step is None:
            return
        if thread.progress == NEW and len(thread.step) <= len(thread.plan.step):
            thread.progress = BEGUN  # which no one sees
            return
        thread.progress = STEPPED
        if seen_doubts is not None:  # the others could have come first, which is not tried
            for each in group.first_steps:
                seen_doubts |= doubts(each, tuple(thread.step))
            group.first_steps.append(tuple(thread.step))
        thread.step.append((synchronisation.turn_of(thread.number), ALL, RELEASE))

    def let_begin(self, threads: Iterable[LogicalThread], now_s: float) -> bool:
        """No thread can go on: let those begin that wait for their turn. False if none does."""
        found = False
        for each in threads:
            group = self.group_of.get(each.number)
            if group is not None and each.progress == NEW and each.gate is not None:
                each.take(synchronisation.started(each.number), now_s)
                group.is_open = False
                found = True
        return found

    # --- what tells threads apart ----------------------------------------------------------------

    def is_told(self, thread: int) -> None:
        """A thread is told what no other is: its identity. Of the main thread there is one."""
        if thread != MAIN:
            self._asked_who = True
            self._check_who()

    def _check_who(self) -> None:
        if self._asked_who and any(len(each.members) > 1 for each in self.group_of.values()):
            self._break("a thread asks who it is")

    def join(self, me: LogicalThread, ended: LogicalThread, timeout: float | None) -> None:
        """A thread is about to wait for another's end."""
        if not self._symmetry.is_on:
            return
        place = joining_place()
        if me.joins is None or not me.joins.go_on(place):
            self.end_joins(me)
            me.joins = Joins(place)
        me.joins.joined.add(ended.number)
        if self._close(ended) and timeout is not None:
            self._limited_joins = True
            self._check_time()

    def look_at(self, me: LogicalThread, asked: LogicalThread) -> None:
        """A thread asks whether another is alive; what it has joined is not."""
        self.end_joins(me)
        if self._close(asked) and asked.number not in self._ended_for.get(me.number, ()):
            self._break("a thread asks whether one of several is alive")

    def end_joins(self, me: LogicalThread) -> None:
        """A thread does something else, or ends. All or none of a class must have been joined."""
        joins, me.joins = me.joins, None
        if joins is None:
            return
        known = self._ended_for.setdefault(me.number, set())
        known |= joins.joined
        for number in joins.joined:
            group = self.group_of.get(number)
            if group is not None and len(group.members) > 1:
                others = {each.number for each in group.members} - known
                if others or joins.is_changed():
                    self._break("a thread goes on when one of several has ended")

    def time_passes(self) -> None:
        """Whoever waits is not like those who begin later: its time may run out sooner."""
        for group in self.group_of.values():
            group.is_open = False
        self._time_passed = True
        self._check_time()

    def _check_time(self) -> None:
        if self._time_passed and self._limited_joins:
            self._break("time runs out while one of several threads is waited for")

    def _close(self, thread: LogicalThread) -> bool:
        """From now on no other thread is one of its class; True if some are."""
        group = self.group_of.get(thread.number)
        if group is None:
            return False
        group.is_open = False
        return len(group.members) > 1

    def forget(self) -> None:
        """The execution is over: nothing of what its threads began with is kept."""
        self._started_by.clear()
        self.group_of.clear()

    def _break(self, why: str) -> None:
        self._symmetry.broken = self._symmetry.broken or why
