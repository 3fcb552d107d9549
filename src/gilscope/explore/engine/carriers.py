"""The operating system's threads in which the threads of explored programs live, one after another.

They are kept from execution to execution, as starting one takes longer than many an execution; see
also workers.py. All stay on one CPU: only one runs at a time, and waking one on another CPU takes
three times as long. There they do not preempt each other: who wakes another goes to sleep at once,
and would only be woken again to do so.
"""

from __future__ import annotations

import _thread
import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Self

from gilscope import _explorer
from gilscope.explore.engine import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAIN = 0


def _current_cpu(allowed: set[int]) -> int:
    """The CPU that this thread runs on: of several explorations, each has its own."""
    cpu = _explorer.current_cpu()
    return cpu if cpu in allowed else min(allowed)


_process = [object()]  # stands for this one: to ask for its number is a call of the kernel
os.register_at_fork(after_in_child=lambda: _process.__setitem__(0, object()))


def _schedule(policy: int) -> None:
    """The calling thread, and those that it starts. Where that is forbidden, it is no matter."""
    with suppress(OSError):
        os.sched_setscheduler(0, policy, os.sched_param(0))


class Carriers:
    """Numbers and operating-system threads of the logical threads of an exploration."""

    def __init__(self, stand_ins: dict[int, object], observe_thread: Callable[..., None]) -> None:
        self.stand_ins = stand_ins
        self.main_ident = _thread.get_ident()
        self._observe_thread = observe_thread
        self._numbers: dict[tuple[int, int], int] = {}
        self._idents: dict[int, int] = {}
        self._numbers_of: dict[int, int] = {self.main_ident: MAIN}
        self._jobs: dict[int, Callable[[], int] | None] = {}
        self._lost: set[int] = set()
        self._process = _process[0]
        self.fault: BaseException | None = None
        self._affinity = os.sched_getaffinity(0)
        self._cpus: set[int] = set()
        self._is_ordinary = os.sched_getscheduler(0) == os.SCHED_OTHER

    def __enter__(self) -> Self:
        self._cpus = {_current_cpu(self._affinity)}
        os.sched_setaffinity(0, self._cpus)
        if self._is_ordinary:
            _schedule(os.SCHED_BATCH)
        return self

    def __exit__(self, *_: object) -> None:
        """Let all carriers be done, and wait until they are."""
        for number in list(self._idents):
            self._jobs[number] = None
            _explorer.pass_baton(MAIN, number)
        if self._is_ordinary:
            _schedule(os.SCHED_OTHER)
        os.sched_setaffinity(0, self._affinity)

    def number_of_child(self, parent: int, nth: int) -> int:
        """The same in each execution, in whatever order threads start others."""
        return self._numbers.setdefault((parent, nth), len(self._numbers) + 1)

    def set_stand_in(self, number: int, stand_in: object) -> None:
        """What replaces the function that a thread is about to call; None: nothing does."""
        if stand_in is None:
            self.stand_ins.pop(-1 - number, None)
        else:
            self.stand_ins[-1 - number] = stand_in

    def current_number(self) -> int:
        return self._numbers_of[_thread.get_ident()]

    def is_carrier(self) -> bool:
        """In a child that was forked, none is."""
        return _thread.get_ident() in self._numbers_of and self._process is _process[0]

    def employ(self, number: int, job: Callable[[], int]) -> int:
        """Have a job done once the baton comes to this number; the identity of its thread."""
        self._jobs[number] = job
        if number not in self._idents:
            ready = _thread.allocate_lock()
            ready.acquire()
            workers.start(partial(self._carry, number, ready), self._cpus)
            ready.acquire()
        return self._idents[number]

    def idents(self) -> Iterable[int]:
        """Of all carriers that live, and were not lost."""
        return self._idents.values()

    def lose(self, number: int) -> None:
        """A carrier is blocked, and must do no harm if it ever goes on."""
        ident = self._idents.pop(number, None)
        if ident is not None:
            self._lost.add(ident)
            _explorer.lose_thread(number, ident)

    def _carry(self, number: int, ready: _thread.LockType) -> bool:
        """Whether its thread can carry others after these; not one that was lost."""
        ident = _thread.get_ident()
        self._idents[number] = ident
        self._numbers_of[ident] = number
        self._observe_thread(on=True)
        _explorer.enter_thread(-1)  # in none of the program's, for now
        ready.release()
        _explorer.pass_baton(number, -1)
        while (job := self._jobs[number]) is not None:
            try:
                following = job()
            except BaseException as error:  # noqa: BLE001 # a fault of gilscope's: raised in the main thread
                if ident in self._lost:
                    return False
                self.fault, following = error, MAIN
                _explorer.abort_all()
            del job
            if ident in self._lost:
                return False
            _explorer.pass_baton(number, following)
        self._observe_thread(on=False)
        _explorer.pass_baton(-1, MAIN)
        return True
