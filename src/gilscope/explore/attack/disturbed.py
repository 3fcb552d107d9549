"""Threads as the attack sees them: what they ran, by code object, and where they are to stop."""

from __future__ import annotations

from collections import defaultdict
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from types import CodeType

Place = tuple[int, int]  # id of a code object, offset

MOST_STOPS = 3  # of a thread in a run
FEW_TO_MANY = (3, 10, 30, 100, 300)  # instructions of others, after which a thread goes on
LONGEST_STOP_S = 4e-3
SLICE_S = 50e-6
IDLE_SLICES = 6  # in which nobody else did anything: nobody can


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
    """One thread in one run. Its chances are taken before the run: that is no part of it."""

    __slots__ = ("counts", "done", "head_start_s", "number", "stops", "targets", "waits")

    def __init__(self, number: int, random: Random, head_starts_s: tuple[float, ...]) -> None:
        self.number = number
        self.done = 0  # instructions
        self.counts: dict[int, int] = {}  # of them, by code object
        self.targets: dict[int, int] = {}  # the how many-th instruction of a code object
        self.head_start_s = random.choice(head_starts_s)
        self.waits = [random.choice(FEW_TO_MANY) for _ in range(MOST_STOPS)]
        self.stops = [random.random() < 0.8 for _ in range(2 * MOST_STOPS)]

    def choose(self, counts: dict[int, int], random: Random) -> None:
        """Choose code first, so that short functions are stopped as often as long ones."""
        for _ in range(random.randint(0, MOST_STOPS)):
            code = random.choice(list(counts))
            self.targets[code] = random.randint(1, counts[code])

    def stop(self, others: Callable[[], int]) -> None:
        """Wait until others have run for a while, and no longer than that makes a difference."""
        if not self.waits:
            return
        last = others()
        enough, idle = last + self.waits.pop(), 0
        until_s = perf_counter() + LONGEST_STOP_S
        while last < enough and idle < IDLE_SLICES and perf_counter() < until_s:
            sleep(SLICE_S)
            now = others()
            idle = idle + 1 if now == last else 0
            last = now

    def stops_now(self) -> bool:
        """Whether to stop where all threads might."""
        return bool(self.stops) and self.stops.pop()
