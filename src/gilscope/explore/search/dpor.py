"""Every interleaving that matters, once: source-DPOR with sleep sets.

Abdulla, Aronis, Jonsson, Sagonas: Optimal dynamic partial order reduction (POPL 2014), algorithm 1.
An execution is run again from its beginning for each branch; two executions that differ only in
the order of independent steps count as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gilscope.explore.search.clocks import Trace
from gilscope.explore.search.steps import NOBODY, Asleep, DivergedError, doubts, may_conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.search.steps import Access, Pending, Step


@dataclass(slots=True)
class Branching:
    """A state on the way to the current execution, and what is left to be tried from it."""

    enabled: frozenset[int]
    asleep: dict[int, Asleep]  # covered elsewhere until something that they depend on happens
    numbered: int  # objects that have a number here
    chosen: int = NOBODY
    taken: Step = ()
    wanted: set[int] = field(default_factory=set)
    woken: list[Asleep] = field(default_factory=list)  # by what was taken

    def want_one_of(self, threads: set[int]) -> None:
        possible = threads & self.enabled
        self.wanted |= {min(possible)} if possible else self.enabled


class Exhaustive:
    """Runs one execution of each equivalence class; all of them, if asked until the end."""

    def __init__(self) -> None:
        self.path: list[Branching] = []
        self.trace = Trace()
        self.doubts: set[Access] = set()
        self._depth = 0
        self._started = False
        self._wakers: list[int] = []  # places on the path where long steps were woken

    def begin(self) -> bool:
        self._depth = 0
        if not self._started:
            self._started = True
            return True
        while self.path and not _next_branch(self.path[-1]):
            self.path.pop()
        last = max(len(self.path) - 1, 0)
        self.trace.cut(last)
        while self._wakers and self._wakers[-1] >= last:
            self._wakers.pop()
        return bool(self.path)

    def repeat(self) -> None:
        """The last execution was given up on its way: the next one is the same again."""
        self._started = False

    def choose(self, enabled: frozenset[int], pending: Pending, numbered: int) -> int:
        del pending
        depth = self._depth
        if depth == len(self.path):
            self.path.append(Branching(enabled, self._still_asleep(), numbered))
            if not _choose(self.path):
                self.path.pop()
                return NOBODY
        elif self.path[depth].enabled != enabled:
            raise DivergedError
        return self.path[depth].chosen

    def took(self, thread: int, step: Step) -> None:
        depth = self._depth
        self._depth = depth + 1
        if depth < len(self.trace.taken):  # repeated: its reversals were found the first time
            known = self.trace.taken[depth]
            if known.thread != thread or known.step != step:
                raise DivergedError
            return
        self.path[depth].taken = step
        self._want_reversals(thread, step)
        self.trace.append(thread, step)
        self._want_before_woken(depth, step)

    def stuck(self, blocked: Mapping[int, Step]) -> None:
        """Time passes. A thread that waits for a lock could have had it before the one that has it,
        and is perhaps seen to wait only here.
        """
        if self._depth < len(self.trace.taken):
            return
        for thread, step in blocked.items():
            self._want_reversals(thread, step)
        self.trace.barrier()

    def end(self, blocked: Mapping[int, Step]) -> None:
        if self._depth < len(self.path):
            raise DivergedError
        for thread, step in blocked.items():
            self._want_reversals(thread, step)

    def _want_reversals(self, thread: int, step: Step) -> None:
        for number in self.trace.races(thread, step):
            there = self.path[number]
            self.doubts |= doubts(there.taken, step)
            initials, needed = self.trace.initials(number, thread, step)
            if initials & there.wanted or needed & there.asleep.keys():
                continue
            # A thread that is asleep there was perhaps woken for nothing: its step is left out.
            there.want_one_of(initials - there.asleep.keys())

    def _want_before_woken(self, later: int, step: Step) -> None:
        """A step that was asleep, and is to come after this one but before the one that woke it.

        Its races do not tell, as what a long step goes on to touch may now be something else.
        """
        for number in self._wakers:
            there = self.path[number]
            if self.trace.follows(later, number):
                continue
            if any(_wakes(sleeper, step) for sleeper in there.woken):
                needed = self.trace.needed(number, later)
                if not needed & (there.wanted | there.asleep.keys()):
                    there.want_one_of(needed)

    def _still_asleep(self) -> dict[int, Asleep]:
        if not self.path:
            return {}
        before = self.path[-1]
        before.woken = []
        if not before.asleep:
            return {}
        asleep = dict(before.asleep)
        for thread, sleeper in before.asleep.items():
            if _wakes(sleeper, before.taken):
                del asleep[thread]
        before.woken = [
            sleeper
            for thread, sleeper in before.asleep.items()
            if thread not in asleep and len(sleeper[0]) > 1
        ]
        if before.woken:
            self._wakers.append(len(self.path) - 1)
        return asleep


def _wakes(sleeper: Asleep, taken: Step) -> bool:
    step, numbered = sleeper
    return any(may_conflict(one, other, numbered) for one in step for other in taken)


def _choose(path: list[Branching]) -> bool:
    """Choose a thread to go on with: the one that ran, if it can, as that is easiest to read."""
    here = path[-1]
    before = path[-2].chosen if len(path) > 1 else NOBODY
    if before in here.enabled and before not in here.asleep:
        here.chosen = before
    else:
        awake = here.enabled - here.asleep.keys()
        if not awake:
            return False
        here.chosen = min(awake)
    here.wanted.add(here.chosen)
    return True


def _next_branch(here: Branching) -> bool:
    here.asleep[here.chosen] = (here.taken, here.numbered)
    left = sorted(here.wanted - here.asleep.keys())
    if left:
        here.chosen = left[0]
    return bool(left)
