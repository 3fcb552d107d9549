"""Disturbs threads so that they meet in many ways: how, where and for how long is left to chance.

Nothing is known here of what an instruction does. All that is recorded is which code a thread ran,
so that the next run can stop it there.
"""

from __future__ import annotations

import itertools
import sys
import threading
from _thread import get_ident
from contextlib import contextmanager
from random import Random
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any

from gilscope.explore.attack.disturbed import Thread
from gilscope.explore.attack.instructions import instructions
from gilscope.explore.bytecode.scope import is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType

    from gilscope.explore.attack.disturbed import Learned, Place

CALM = "calm"  # undisturbed, and with a GIL in turns: each thread runs until it blocks
DELAYS = "delays"  # each thread stops at up to three instructions (as PCT, ASPLOS 2010)
TOGETHER = "together"  # threads stop at one instruction that several of them run
FREE = "free"  # no instruction is observed: threads begin together, and switch as Python does
TRACED = (DELAYS, TOGETHER, DELAYS, FREE)  # in turns
PARALLEL = (FREE, DELAYS, FREE, TOGETHER)  # without the GIL
UNTRACED = (FREE,)

HEAD_STARTS_S = (0.0, 0.0, 2e-6, 10e-6, 50e-6)  # of threads that begin together
MEETING_S = 500e-6  # threads that are to begin together wait so long for the others
PREPARED = 16  # threads of a run; of more, none is disturbed
ELSEWHERE = -1  # number of threads that threading did not start, and of those that are beginning
SERIAL_S, NORMAL_S, SHORTEST_S = 1_000.0, 0.005, 1e-6  # switch intervals

Threads: Any = threading.Thread


def strategies_of(*, traced: bool) -> tuple[str, ...]:
    """Those that find most."""
    if not traced:
        return UNTRACED
    return TRACED if has_gil() else PARALLEL


def has_gil() -> bool:
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


class Noise:
    """The noise of one process. `around` each run; `admit` each thread that is about to start."""

    def __init__(self, seed: int, learned: Learned) -> None:
        self._seed = seed
        self.learned = learned
        self._random = Random(seed)
        self._threads: dict[int, Thread] = {}  # by identity, which the next thread may have again
        self._met: list[Thread] = []
        self._prepared: list[Thread] = []
        self._numbers = itertools.count(1)
        self._strategy = CALM
        self._place: Place | None = None
        self._is_joint = False  # threads begin together
        self._begun: list[int] = []

    def choose(self, strategies: Sequence[str], run: int) -> str:
        """The strategy of a run; one that needs to have seen the test before may be replaced."""
        self._random = Random(f"{self._seed}:{run}")
        self._strategy = strategies[run % len(strategies)]
        if not self.learned.counts:
            self._strategy = FREE
        shared = [each for each, by in self.learned.places.items() if len(by) > 1]
        if self._strategy == TOGETHER:
            codes = list(dict.fromkeys(code for code, _ in shared))
            code = self._random.choice(codes) if codes else 0
            self._place = self._random.choice(
                [each for each in shared if each[0] == code] or [None]
            )
        self._is_joint = self._strategy != DELAYS or self._random.random() < 0.5
        return self._strategy

    @contextmanager
    def calm(self, *, traced: bool) -> Iterator[None]:
        """A run to learn from."""
        self._strategy, self._is_joint = CALM, False
        with self._around(SERIAL_S, traced=traced):
            yield

    @contextmanager
    def around(self) -> Iterator[None]:
        is_free = self._strategy == FREE
        with self._around(SHORTEST_S if is_free else NORMAL_S, traced=not is_free):
            yield

    @contextmanager
    def _around(self, switch_interval_s: float, *, traced: bool) -> Iterator[None]:
        self._threads.clear()
        self._met.clear()
        self._begun.clear()
        self._numbers = itertools.count(1)
        self._prepared = [self._prepare(number) for number in range(PREPARED)]
        self._meet(0)
        original = Threads.start
        Threads.start = self._starting(original)
        before_s = sys.getswitchinterval()
        sys.setswitchinterval(switch_interval_s)
        try:
            with instructions(self._before if traced else None):
                yield
        finally:
            sys.setswitchinterval(before_s)
            Threads.start = original
            self._learn()

    # --- threads begin ---------------------------------------------------------------------------

    def _starting(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def start(thread: Any) -> None:
            thread.__dict__["run"] = Gate(self, thread, next(self._numbers))
            try:
                original(thread)
            except BaseException:
                thread.__dict__.pop("run", None)
                raise

        return start

    def begin(self, number: int) -> None:
        """In a new thread, before anything of its own."""
        thread = self._meet(number)
        if self._is_joint:
            self._begun.append(number)
            until_s = perf_counter() + MEETING_S
            while len(self._begun) < self.learned.started and perf_counter() < until_s:
                sleep(0)
            until_s = perf_counter() + thread.head_start_s
            while perf_counter() < until_s:
                pass

    def _prepare(self, number: int) -> Thread:
        thread = Thread(number, self._random, HEAD_STARTS_S)
        counts = self.learned.counts.get(number)
        if self._strategy == DELAYS and counts:
            thread.choose(counts, self._random)
        return thread

    def _meet(self, number: int) -> Thread:
        if 0 <= number < PREPARED:
            thread = self._prepared[number]
        else:
            thread = Thread(number, self._random, HEAD_STARTS_S)
            thread.waits.clear()
        self._threads[get_ident()] = thread
        self._met.append(thread)
        return thread

    # --- instructions ----------------------------------------------------------------------------

    def _before(self, code: CodeType, offset: int) -> bool:
        """Before an instruction; whether the others of this code are to be observed, too."""
        if is_own(code.co_filename):
            return False
        thread = self._threads.get(get_ident()) or self._meet(ELSEWHERE)
        key = id(code)
        thread.done += 1
        thread.counts[key] = count = thread.counts.get(key, 0) + 1
        if count == 1:
            self.learned.codes[key] = code
        if self._strategy == DELAYS:
            if thread.targets.get(key) == count:
                thread.stop(lambda: self._done_beside(thread))
        elif self._strategy == TOGETHER:
            if (key, offset) == self._place and thread.stops_now():
                thread.stop(lambda: self._done_beside(thread))
        else:
            self.learned.places[key, offset].add(thread.number)
        return True

    def _done_beside(self, thread: Thread) -> int:
        """Instructions of all other threads."""
        return sum(each.done for each in list(self._met) if each is not thread)

    def _learn(self) -> None:
        for thread in self._met:
            if thread.counts:
                self.learned.counts[thread.number] = thread.counts
        self.learned.started = next(self._numbers) - 1


class Gate:
    """Stands in for a thread's `run` until it is called."""

    def __init__(self, noise: Noise, thread: Any, number: int) -> None:
        self._noise = noise
        self._thread = thread
        self._number = number

    def __call__(self) -> None:
        self._thread.__dict__.pop("run", None)
        self._noise.begin(self._number)
        self._thread.run()
