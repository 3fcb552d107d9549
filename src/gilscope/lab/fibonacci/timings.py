"""How long the same tasks take in one strategy and another, in this Python or in another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gilscope.lab.kit.child import ask
from gilscope.lab.kit.machine import Load
from gilscope.lab.kit.model import Bar, Chart
from gilscope.words.numbers import counted, factor, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.lab.kit.model import Listener

Case = tuple[str, str, int]  # work, strategy, workers

TASKS = 8  # divided evenly among so many workers:
WORKERS = (1, 2, 4, 8)
SERIAL = ("serial", 1)
ROUNDS = 3
ROUNDS_ELSEWHERE = 2  # for the Pythons that only one step is about
SERIAL_S = {"fibonacci": 0.4, "digest": 0.3}  # all tasks, one after the other
PAUSE_MS = 50
# Less than this is not a gain that a reader should count on; noise makes some per cent.
WORTH = 1.15
NOUNS = {"threads": "thread", "processes": "process", "interpreters": "sub-interpreter"}
PLURALS = {"threads": "threads", "processes": "processes", "interpreters": "sub-interpreters"}


@dataclass(frozen=True, slots=True)
class Point:
    """How so many workers did; `speedup` over the calls one after the other."""

    workers: int
    wall_s: float
    speedup: float


@dataclass(frozen=True, slots=True)
class Timing:
    """What one Python measured: the best of the rounds, by case."""

    python: str
    gil: bool
    load: Load
    sizes: Mapping[str, int]
    wall_s: Mapping[Case, float]

    @property
    def name(self) -> str:
        return f"Python {self.python}" + ("" if self.gil else ", without a GIL")

    def serial_s(self, work: str = "fibonacci") -> float:
        return self.wall_s[(work, *SERIAL)]

    def curve(self, strategy: str, work: str = "fibonacci") -> tuple[Point, ...]:
        """By the number of workers, the smallest first."""
        found = sorted(
            (workers, wall_s)
            for (each, how, workers), wall_s in self.wall_s.items()
            if (each, how) == (work, strategy)
        )
        return tuple(Point(each, wall_s, self.serial_s(work) / wall_s) for each, wall_s in found)

    def best(self, strategy: str, work: str = "fibonacci") -> Point:
        """The fastest of those with several workers."""
        several = [each for each in self.curve(strategy, work) if each.workers > 1]
        return max(several, key=lambda point: point.speedup)

    @property
    def noise(self) -> float:
        """By what factor something that can gain nothing was faster, or a single worker slower.

        So much the same measurement differs from time to time; less than that is no gain.
        """
        slower = [1 / point.speedup for how in NOUNS for point in self.curve(how)[:1]]
        return max([*self._lucky(), *slower, 1.0])

    def _lucky(self) -> list[float]:
        """What cannot gain anything: a single worker, and with a GIL any number of threads."""
        single = [point.speedup for how in NOUNS for point in self.curve(how)[:1]]
        return single + [point.speedup for point in self.curve("threads") if self.gil]

    @property
    def is_noisy(self) -> bool:
        return self.noise > WORTH

    def gained(self, strategy: str, work: str = "fibonacci") -> bool:
        return self.best(strategy, work).speedup >= max(WORTH, self.noise)

    def why_no_gain(self) -> str:
        if not self.is_noisy:
            return self.load.why_no_gain()
        again = " Try again when the machine is idle." if self.load.is_busy else " Try again."
        who = "a single worker, or threads with a GIL" if self.gil else "a single worker"
        faster = self.noise <= max(self._lucky(), default=0.0)
        seen = f"{'looked' if faster else 'took'} {factor(self.noise)} times as"
        return (
            f"These times are too uneven to tell: what can gain nothing ({who}) {seen}"
            f" {'fast' if faster else 'long'} as one call after the other.{again}"
        )

    def data(self) -> dict[str, Any]:
        works = {(work, strategy) for work, strategy, _ in self.wall_s}
        last = {f"{work}/{how}": self.curve(how, work)[-1] for work, how in sorted(works)}
        curves = {how: self.curve(how) for how in NOUNS}
        return {
            "python": self.python,
            "gil_enabled": self.gil,
            "load": {
                "cores": self.load.cores,
                "watched_s": self.load.watched_s,
                "others_cores": self.load.others_cores,
            },
            "wall_s": {name: point.wall_s for name, point in last.items()},
            "speedup": {
                name: point.speedup for name, point in last.items() if not name.endswith("/serial")
            },
            "curve": [
                {
                    "strategy": how,
                    "workers": each.workers,
                    "wall_s": each.wall_s,
                    "speedup": each.speedup,
                }
                for how, points in curves.items()
                for each in points
            ],
        }


def curve_cases(strategies: Sequence[str]) -> list[Case]:
    """The Fibonacci calls, serially and with every number of workers."""
    pools = [("fibonacci", each, workers) for each in strategies for workers in WORKERS]
    return [("fibonacci", *SERIAL), *pools]


def time_cases(
    cases: Sequence[Case], sizes: Mapping[str, int], listen: Listener, python: str = ""
) -> Timing:
    rounds = ROUNDS_ELSEWHERE if python else ROUNDS
    asked = {"cases": cases, "sizes": sizes, "tasks": TASKS, "rounds": rounds, "total_s": SERIAL_S}
    found = ask("fibonacci", asked, listen, python)
    wall_s = {(work, how, workers): min(ns) / 1e9 for work, how, workers, ns in found["walls"]}
    load = Load.of(found["load"])
    return Timing(found["python"], found["gil"], load, found["sizes"], wall_s)


def chart(timing: Timing, strategies: Sequence[str], work: str = "fibonacci") -> Chart:
    """A bar for the calls one after the other, and one for each number of workers."""
    bars = [_bar("one after the other", Point(1, timing.serial_s(work), 1.0))]
    for strategy in strategies:
        bars += [
            _bar(counted(each.workers, NOUNS[strategy], PLURALS[strategy]), each)
            for each in timing.curve(strategy, work)
        ]
    return Chart(f"times as fast, {timing.name}", tuple(bars))


def _bar(label: str, point: Point) -> Bar:
    return Bar(label, point.speedup, f"{factor(point.speedup)} x", seconds(point.wall_s))
