"""What `import threading` and `import queue` give to a program under the oracle."""

from __future__ import annotations

from functools import partial
from queue import Empty, Full
from types import SimpleNamespace
from typing import TYPE_CHECKING

from .primitives import Condition, Event, Lock, Primitive, RLock, Semaphore
from .queues import Queue, SimpleQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from .machine import Execution, Logical


class Stage:
    """The execution in which the primitives of a program find themselves."""

    execution: Execution

    def modules(self) -> dict[str, SimpleNamespace]:
        """What `import` finds."""
        kinds: dict[str, tuple[type, ...]] = {
            "threading": (Thread, Lock, RLock, Condition, Event, Semaphore),
            "queue": (Queue, SimpleQueue),
        }
        modules = {
            name: SimpleNamespace(**{kind.__name__: partial(kind, self) for kind in members})
            for name, members in kinds.items()
        }
        modules["queue"].Empty, modules["queue"].Full = Empty, Full
        return modules


class Thread(Primitive):
    def __init__(
        self, stage: Stage, *, target: Callable[..., object], args: tuple[object, ...] = ()
    ) -> None:
        super().__init__(stage)
        self._target = target
        self._args = args
        self._thread: Logical | None = None

    def state(self) -> tuple[object, ...]:
        if self._thread is not None:  # its own part of the state says the rest
            return ("started", self._thread.index)
        return ("new", self._target, self._args)

    def start(self) -> None:
        if self._thread is not None:
            raise RuntimeError("threads can only be started once")
        self._thread = self.execution.start(self._target, *self._args)

    def join(self) -> None:
        thread = self._thread
        if thread is None:
            raise RuntimeError("cannot join thread before it is started")
        self.execution.block(lambda: thread.finished, "join", thread.index)
