"""Every interleaving that matters, once: source-DPOR with sleep sets.

Abdulla, Aronis, Jonsson, Sagonas: Optimal dynamic partial order reduction (POPL 2014), algorithm 1.
An execution is run again from its beginning for each branch; two executions that differ only in
the order of independent steps count as one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from gilscope.explore.search.clocks import Trace
from gilscope.explore.search.steps import dependent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gilscope.explore.search.steps import Execution, Step

Run = TypeVar("Run", bound="Execution")


class DivergedError(Exception):
    """The program did not do again what it did before: nothing can be proven about it."""


@dataclass(slots=True)
class Branching:
    """A state on the way to the current execution, and what is left to be tried from it."""

    enabled: frozenset[int]
    asleep: dict[int, Step]  # covered elsewhere until something that they depend on happens
    chosen: int = -1
    taken: Step = ()
    wanted: set[int] = field(default_factory=set)


def executions(start: Callable[[], Run]) -> Iterator[tuple[Run, Trace]]:
    """Yield one complete execution of each equivalence class; all of them if asked until the end.

    Raises `DivergedError` if an execution that should repeat another's beginning does not.
    """
    path: list[Branching] = []
    while True:
        execution, trace = start(), Trace()
        try:
            if _run(execution, trace, path):
                yield execution, trace
        finally:
            execution.close()
        while path and not _next_branch(path[-1]):
            path.pop()
        if not path:
            return


def _run(execution: Execution, trace: Trace, path: list[Branching]) -> bool:
    """Run along the path, then on to an end; False if the rest is covered elsewhere.

    Even then, a blocked thread may show that a lock could have been taken in another order: here
    is perhaps the only place where it is seen to wait.
    """
    complete = _advance(execution, trace, path)
    for thread, step in execution.blocked().items():
        _want_reversals(trace, path, thread, step)
    return complete


def _advance(execution: Execution, trace: Trace, path: list[Branching]) -> bool:
    depth = 0
    while enabled := execution.enabled():
        if depth == len(path):
            path.append(Branching(enabled, _still_asleep(path)))
            if not _choose(path):
                path.pop()
                return False
        here = path[depth]
        if here.enabled != enabled:
            raise DivergedError
        step = execution.step(here.chosen)
        if depth < len(path) - 1:  # repeated: its reversals were found the first time
            if step != here.taken:
                raise DivergedError
        else:
            here.taken = step
            _want_reversals(trace, path, here.chosen, step)
        trace.append(here.chosen, step)
        depth += 1
    if depth < len(path):
        raise DivergedError
    return True


def _still_asleep(path: list[Branching]) -> dict[int, Step]:
    if not path:
        return {}
    before = path[-1]
    return {
        thread: step for thread, step in before.asleep.items() if not dependent(step, before.taken)
    }


def _choose(path: list[Branching]) -> bool:
    """Choose a thread to go on with: the one that ran, if it can, as that is easiest to read."""
    here = path[-1]
    awake = sorted(here.enabled - here.asleep.keys())
    if not awake:
        return False
    before = path[-2].chosen if len(path) > 1 else -1
    here.chosen = before if before in awake else awake[0]
    here.wanted.add(here.chosen)
    return True


def _want_reversals(trace: Trace, path: list[Branching], thread: int, step: Step) -> None:
    for number in trace.races(thread, step):
        there = path[number]
        initials = trace.initials(number, thread, step)
        if initials & (there.wanted | there.asleep.keys()):
            continue
        possible = initials & there.enabled
        there.wanted |= {min(possible)} if possible else there.enabled


def _next_branch(here: Branching) -> bool:
    here.asleep[here.chosen] = here.taken
    left = sorted(here.wanted - here.asleep.keys())
    if left:
        here.chosen = left[0]
    return bool(left)
