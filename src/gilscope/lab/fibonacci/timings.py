"""How long the same tasks take in one strategy and another, in this Python or in another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gilscope.lab.kit.child import ask
from gilscope.lab.kit.model import Bar, Chart
from gilscope.words.numbers import factor, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.lab.kit.model import Listener

ROUNDS = 3
ROUNDS_ELSEWHERE = 2  # for the Pythons that only one step is about
SERIAL_S = {"fibonacci": 1.0, "digest": 0.4}  # all tasks, one after the other


@dataclass(frozen=True, slots=True)
class Timing:
    """What one Python measured: the best of the rounds, by work and strategy."""

    python: str
    gil: bool
    sizes: Mapping[str, int]
    wall_s: Mapping[str, float]

    def speedup(self, work: str, strategy: str) -> float:
        return self.wall_s[f"{work}/serial"] / self.wall_s[f"{work}/{strategy}"]

    def data(self) -> dict[str, Any]:
        return {
            "python": self.python,
            "gil_enabled": self.gil,
            "wall_s": dict(self.wall_s),
            "speedup": {
                name: self.speedup(*name.split("/"))
                for name in self.wall_s
                if not name.endswith("/serial")
            },
        }


def time_cases(
    cases: Sequence[tuple[str, str]],
    sizes: Mapping[str, int],
    tasks: int,
    listen: Listener,
    python: str = "",
) -> Timing:
    rounds = ROUNDS_ELSEWHERE if python else ROUNDS
    asked = {"cases": cases, "sizes": sizes, "tasks": tasks, "rounds": rounds, "total_s": SERIAL_S}
    found = ask("fibonacci", asked, listen, python)
    wall_s = {name: min(walls) / 1e9 for name, walls in found["wall_ns"].items()}
    return Timing(found["python"], found["gil"], found["sizes"], wall_s)


def chart(timing: Timing, work: str, strategies: Sequence[str], tasks: int) -> Chart:
    def bar(label: str, strategy: str, speedup: float) -> Bar:
        note = seconds(timing.wall_s[f"{work}/{strategy}"])
        return Bar(label, speedup, f"{factor(speedup)} x", note)

    bars = [bar("one after the other", "serial", 1.0)]
    bars += [bar(f"{tasks} {each}", each, timing.speedup(work, each)) for each in strategies]
    return Chart(f"times as fast, Python {timing.python}", tuple(bars))
