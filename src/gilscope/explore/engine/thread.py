"""A thread of the explored program, as the scheduler keeps it."""

from __future__ import annotations

import contextvars
import os
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.engine.plans import Plan
from gilscope.explore.search.steps import ACQUIRE, AWAIT, READ, WRITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gilscope.explore.engine.symmetry.joins import Joins
    from gilscope.explore.search.steps import Access

MAIN, NO_THREAD = 0, -1
SIMULTANEOUS_S = 0.001  # moments that lie no further apart are one
NEW, BEGUN, STEPPED = 0, 1, 2  # how far a thread has come: nowhere, to its first step, past it
UNBLOCKED = {ACQUIRE: WRITE, AWAIT: READ}


class Abort(BaseException):  # no error: ends what is left of an execution
    """Raised in threads whose execution is over."""


class LogicalThread:
    """A thread of the explored program."""

    __slots__ = (
        "children",
        "daemon",
        "deadline_s",
        "done",
        "gate",
        "ident",
        "joins",
        "name",
        "number",
        "plan",
        "progress",
        "step",
        "timed_out",
        "waits",
    )

    def __init__(self, number: int, name: str, plan: Plan, *, daemon: bool = False) -> None:
        self.number = number
        self.name = name
        self.daemon = daemon
        self.done = False
        self.ident = 0
        self.children = 0
        self.progress = NEW
        self.joins: Joins | None = None  # what it does without a pause: see symmetry/joins.py
        self.step: list[Access] | None = None  # before its first choice: nobody can come between
        self.take(plan, 0.0)

    def take(self, plan: Plan, now_s: float) -> None:
        self.plan = plan
        self.gate = plan.gate
        self.deadline_s = None if plan.timeout_s is None else now_s + plan.timeout_s
        self.timed_out = False
        self.waits = not plan.blocks

    def take_plainly(self, plan: Plan) -> None:
        """The same for a plan that is plain."""
        self.plan = plan
        self.gate = self.deadline_s = None
        self.timed_out, self.waits = False, True

    def can_go_on(self) -> bool:
        return not self.done and (
            self.gate is None or self.timed_out or not self.waits or self.gate()
        )


_explorer.keeps_threads_in(LogicalThread, Plan)


def unblocked(step: Iterable[Access]) -> list[Access]:
    """Accesses of a step that can be taken whether what it asks for is free or not.

    A step of which a lock is only a part ends before it if it is held, and one whose time has run
    out goes on without it. So neither follows from the release: they could have come before it.
    """
    return [(number, part, UNBLOCKED.get(mode, mode)) for number, part, mode in step]


def sleepers_of(threads: Iterable[LogicalThread]) -> list[tuple[float, LogicalThread]]:
    """Threads whose sleep or timeout ends by itself, and when."""
    return [(each.deadline_s, each) for each in threads if each.deadline_s is not None]


def wake_first(sleepers: list[tuple[float, LogicalThread]], now_s: float) -> float:
    """Let the time run out of those who come next; the time after that."""
    first_s = min(deadline_s for deadline_s, _ in sleepers)
    for deadline_s, each in sleepers:
        if deadline_s <= first_s + SIMULTANEOUS_S:
            now_s = max(now_s, deadline_s)
            each.timed_out, each.deadline_s = True, None
    return now_s


def live_as_main(test: Callable[[], object]) -> object:
    """Run the test as thread 0, observed; what it returned. The execution may end within it."""
    process = os.getpid()
    _explorer.enter_thread(MAIN)
    try:
        return contextvars.copy_context().run(test)
    except Abort:  # and here what its frames held ends: generators run their `finally`
        return None
    finally:
        _explorer.enter_thread(NO_THREAD)
        if os.getpid() != process:  # forked by code that is not explored: no thread of the
            os._exit(0)  # execution lives here, nobody could end it
