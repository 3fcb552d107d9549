"""Which thread has which lock: to say so, and to give back what a thread had when it was ended."""

from __future__ import annotations

import _thread
from typing import TYPE_CHECKING, Any

from gilscope import _explorer
from gilscope.explore.engine.synchronisation import LOCKS, is_held, owner_of
from gilscope.explore.facts import Wait, WaitKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.explore.engine.plans import Plan
    from gilscope.explore.engine.thread import LogicalThread


LOCK, RLOCK = Wait(WaitKind.LOCK), Wait(WaitKind.RLOCK)


class Owners:
    """Of the locks that threads took in one execution."""

    def __init__(self) -> None:
        self._taken: dict[int, tuple[Any, int]] = {}  # by id of the lock: it, and the thread

    def note(self, plan: Plan, thread: int) -> None:
        """A thread goes on to what its plan says."""
        if isinstance(plan.release, LOCKS):
            _explorer.lock_given_back(thread, plan.step[0][0], plan.wholly)
        if plan.passes_on:
            _explorer.passed_on(thread, plan.step[0][0])
        is_lock = isinstance(plan.what, LOCKS)
        if is_lock and (plan.gate is not None or not is_held(plan)):
            self._taken[id(plan.what)] = plan.what, thread
            if plan.takes:
                _explorer.lock_taken(thread, plan.step[0][0])

    def of(self, lock: Any) -> int | None:
        """The thread that took it last."""
        return self._taken.get(id(lock), (None, None))[1]

    def holder_of(self, plan: Plan, threads: Sequence[LogicalThread]) -> tuple[Wait, int | None]:
        """What a blocked thread waits for, and the thread that has it."""
        if isinstance(plan.what, Wait):
            return plan.what, plan.holder
        if isinstance(plan.what, _thread.RLock):
            owner = owner_of(plan.what)
            return RLOCK, next((each.number for each in threads if each.ident == owner), None)
        if isinstance(plan.what, _thread.LockType):
            return LOCK, self.of(plan.what)
        return Wait(WaitKind.OBJECT, type(plan.what).__name__), None

    def give_back(self, thread: int) -> None:
        """The calling thread was ended in its midst: let later executions have its locks.

        It may have been between taking one and the `try` that gives it back.
        """
        me = _thread.get_ident()
        for lock, owner in self._taken.values():
            if owner != thread:
                continue
            if isinstance(lock, _thread.LockType):
                if lock.locked():
                    lock.release()
            else:
                while owner_of(lock) == me:
                    lock.release()
