"""Disturbs threads so that they meet in many ways: how, where and for how long is left to chance.

Nothing is known here of what an instruction does. All that is recorded is which code a thread ran,
so that the next run can stop it there.
"""

from __future__ import annotations

import itertools
import sys
import threading
from _thread import get_ident
from collections import defaultdict
from contextlib import contextmanager
from random import Random
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any, Self

from gilscope.explore.attack.instructions import instructions
from gilscope.explore.places import is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType

CALM = "calm"  # undisturbed, and with a GIL in turns: each thread runs until it blocks
DELAYS = "delays"  # each thread stops at up to three instructions (as PCT, ASPLOS 2010)
TOGETHER = "together"  # threads stop at one instruction that several of them run
FREE = "free"  # no instruction is observed: threads begin together, and switch as Python does
TRACED = (DELAYS, TOGETHER, DELAYS, FREE)  # in turns
PARALLEL = (FREE, DELAYS, FREE, TOGETHER)  # without the GIL
UNTRACED = (FREE,)

PAUSES_S = (50e-6, 300e-6, 1e-3)
HEAD_STARTS_S = (0.0, 0.0, 2e-6, 10e-6, 50e-6)  # of threads that begin together
MEETING_S = 500e-6  # threads that are to begin together wait so long for the others
MOST_PAUSES = 3  # of a thread in a run
ELSEWHERE = -1  # number of threads that threading did not start
SERIAL_S, NORMAL_S, SHORTEST_S = 1_000.0, 0.005, 1e-6  # switch intervals

Place = tuple[int, int]  # id of a code object, offset
Threads: Any = threading.Thread


def strategies_of(*, traced: bool) -> tuple[str, ...]:
    """Those that find most."""
    if not traced:
        return UNTRACED
    return TRACED if has_gil() else PARALLEL


def has_gil() -> bool:
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


class Learned:
    """What threads, numbered as they were started, did in earlier runs.

    Code objects are known by their ids, which a fork does not change.
    """

    def __init__(self) -> None:
        self.counts: dict[int, dict[int, int]] = {}  # instructions by code object
        self.places: defaultdict[Place, set[int]] = defaultdict(set)  # threads that were there
        self.codes: dict[int, CodeType] = {}  # alive, so that their ids stay theirs
        self.started = 0  # threads in one run

    def to_plain(self) -> list[Any]:
        """For JSON, and for the next process."""
        counts = [(number, list(each.items())) for number, each in self.counts.items()]
        places = [(*place, list(by)) for place, by in self.places.items()]
        return [self.started, counts, places]

    @classmethod
    def from_plain(cls, plain: list[Any]) -> Self:
        made = cls()
        made.started = plain[0]
        made.counts = {number: dict(each) for number, each in plain[1]}
        made.places.update({(code, offset): set(by) for code, offset, by in plain[2]})
        return made


class Thread:
    """One thread in one run: what it has done, and where it is to stop."""

    __slots__ = ("counts", "number", "pauses", "random", "targets")

    def __init__(self, number: int, random: Random) -> None:
        self.number = number
        self.random = random
        self.counts: dict[int, int] = {}
        self.targets: dict[int, int] = {}  # the how many-th instruction of a code object
        self.pauses = MOST_PAUSES

    def choose(self, counts: dict[int, int]) -> None:
        """Choose code first, so that short functions are stopped as often as long ones."""
        for _ in range(self.random.randint(0, MOST_PAUSES)):
            code = self.random.choice(list(counts))
            self.targets[code] = self.random.randint(1, counts[code])

    def pause(self) -> None:
        if self.pauses > 0:
            self.pauses -= 1
            sleep(self.random.choice(PAUSES_S))


class Noise:
    """The noise of one process. `around` each run; `admit` each thread that is about to start."""

    def __init__(self, seed: int, learned: Learned) -> None:
        self._seed = seed
        self.learned = learned
        self._random = Random(seed)
        self._threads: dict[int, Thread] = {}  # by identity, which the next thread may have again
        self._met: list[Thread] = []
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
            codes = sorted({code for code, _ in shared})
            code = self._random.choice(codes) if codes else 0
            self._place = self._random.choice(
                [each for each in shared if each[0] == code] or [None]
            )
        self._is_joint = self._strategy == FREE or self._random.random() < 0.5
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
            until_s = perf_counter() + thread.random.choice(HEAD_STARTS_S)
            while perf_counter() < until_s:
                pass

    def _meet(self, number: int) -> Thread:
        thread = Thread(number, Random(f"{self._random.random()}:{number}"))
        counts = self.learned.counts.get(number)
        if self._strategy == DELAYS and counts:
            thread.choose(counts)
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
        thread.counts[key] = count = thread.counts.get(key, 0) + 1
        if count == 1:
            self.learned.codes[key] = code
        if self._strategy == DELAYS:
            if thread.targets.get(key) == count:
                thread.pause()
        elif self._strategy == TOGETHER:
            if (key, offset) == self._place and thread.random.random() < 0.8:
                thread.pause()
        else:
            self.learned.places[key, offset].add(thread.number)
        return True

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
