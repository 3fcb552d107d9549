"""What blocks, as pure state and a condition: the oracle's stand-ins for `threading`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .machine import Execution
    from .stage import Stage


class Primitive:
    """Its methods are single steps, but for blocking; `state` is all that they depend on."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def state(self) -> tuple[object, ...]:
        raise NotImplementedError

    @property
    def execution(self) -> Execution:
        return self.stage.execution

    def me(self) -> int:
        return self.execution.running().index


class Lock(Primitive):
    """Like RLock, it is written in C: with the GIL, nobody comes between that did not block it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._locked = False

    def state(self) -> tuple[object, ...]:
        return (self._locked,)

    def free(self) -> bool:
        return not self._locked

    def held(self) -> bool:
        """As Condition sees it."""
        return self._locked

    def take(self, depth: int = 1) -> None:
        assert depth == 1
        self._locked = True

    def drop(self) -> int:
        self._locked = False
        return 1

    def acquire(self, blocking: bool = True) -> bool:  # noqa: FBT001, FBT002 - as in threading
        if not blocking and not self.free():
            return False
        self.execution.block(self.free, "acquire", self)
        self.take()
        return True

    def release(self) -> None:
        if self.execution.dead:
            return
        if not self._locked:
            raise RuntimeError("release unlocked lock")
        self._locked = False

    def locked(self) -> bool:
        return self._locked

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class RLock(Primitive):
    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._owner = -1
        self._depth = 0

    def state(self) -> tuple[object, ...]:
        return (self._owner, self._depth)

    def free(self) -> bool:
        return self._owner < 0

    def held(self) -> bool:
        return self._owner == self.me()

    def take(self, depth: int = 1) -> None:
        self._owner = self.me()
        self._depth += depth

    def drop(self) -> int:
        depth = self._depth
        self._owner, self._depth = -1, 0
        return depth

    def acquire(self, blocking: bool = True) -> bool:  # noqa: FBT001, FBT002 - as in threading
        if not self.held():
            if not blocking and not self.free():
                return False
            self.execution.block(self.free, "acquire", self)
        self.take()
        return True

    def release(self) -> None:
        if self.execution.dead:
            return
        if not self.held():
            raise RuntimeError("cannot release un-acquired lock")
        self._depth -= 1
        if not self._depth:
            self._owner = -1

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Condition(Primitive):
    """Written in Python, as all below: with the GIL, others may come between."""

    def __init__(self, stage: Stage, lock: Lock | RLock | None = None) -> None:
        super().__init__(stage)
        self._lock = RLock(stage) if lock is None else lock
        self._waiters: list[int] = []

    def state(self) -> tuple[object, ...]:
        return (self._lock, *self._waiters)

    def acquire(self, blocking: bool = True) -> bool:  # noqa: FBT001, FBT002 - as in threading
        return self._lock.acquire(blocking)

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> bool:
        self.execution.pause()
        self._lock.acquire()
        self.execution.pause()
        return True

    def __exit__(self, *_: object) -> None:
        self.execution.pause()
        self._lock.release()

    def wait(self) -> bool:
        self.execution.pause()
        if not self._lock.held():
            raise RuntimeError("cannot wait on un-acquired lock")
        me = self.me()
        self._waiters.append(me)
        depth = self._lock.drop()
        self.execution.block(
            lambda: me not in self._waiters and self._lock.free(), "wait", self, depth
        )
        self._lock.take(depth)
        return True

    def notify(self, n: int = 1) -> None:
        self.execution.pause()
        if not self._lock.held():
            raise RuntimeError("cannot notify on un-acquired lock")
        del self._waiters[:n]

    def notify_all(self) -> None:
        self.notify(sys.maxsize)


class Event(Primitive):
    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._set = False
        self._waiters: list[int] = []  # those that saw it unset, until the next set()

    def state(self) -> tuple[object, ...]:
        return (self._set, *sorted(self._waiters))

    def is_set(self) -> bool:
        """Python code without a call: the eval loop looks when it begins, not when it returns."""
        self.execution.pause()
        self.execution.running().may_switch = False
        return self._set

    def set(self) -> None:
        self.execution.pause()
        self._set = True
        self._waiters.clear()

    def clear(self) -> None:
        self.execution.pause()
        self._set = False

    def wait(self) -> bool:
        self.execution.pause()
        if not self._set:
            me = self.me()
            self._waiters.append(me)
            self.execution.block(lambda: me not in self._waiters, "wait", self)
        return True


class Semaphore(Primitive):
    def __init__(self, stage: Stage, value: int = 1) -> None:
        super().__init__(stage)
        self._value = value
        self._waiters: list[int] = []  # first come, first woken; another may still be faster

    def state(self) -> tuple[object, ...]:
        return (self._value, *self._waiters)

    def acquire(self, blocking: bool = True) -> bool:  # noqa: FBT001, FBT002 - as in threading
        self.execution.pause()
        if not blocking and not self._value:
            return False
        wait_in_line(self, self._waiters, lambda: self._value > 0)
        self._value -= 1
        return True

    def release(self) -> None:
        self.execution.pause()
        self._value += 1
        del self._waiters[:1]

    def __enter__(self) -> bool:
        taken = self.acquire()
        self.execution.pause()
        return taken

    def __exit__(self, *_: object) -> None:
        self.release()


def wait_in_line(on: Primitive, line: list[int], ready: Callable[[], bool]) -> None:
    """As threading.Condition does: woken in order of arrival, and back to the end if too late."""
    me = on.me()
    while not ready():
        line.append(me)
        on.execution.block(lambda: me not in line, "wait", on)
