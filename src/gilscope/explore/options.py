"""What an exploration is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.explore.results import Schedule

FREE_THREADED = "free-threaded"
WORLDS = ("both", "gil", FREE_THREADED)
SEARCHES = ("auto", "sample", "exhaust")


@dataclass(frozen=True, slots=True)
class Options:
    """`world`: with the GIL, as this interpreter switches threads; without it; or both.

    `executions` and `seconds` bound the search in each world, and the world with the GIL may lend
    half of them to the other; a spent budget proves nothing.
    `search`: random interleavings (sample), all (exhaust), or all if there are few, else first
    random ones and then all (auto).
    `preemptions`: only schedules with at most this many; None: no bound.
    `invariant` returns False or raises if it does not hold; it is called at the end of each
    execution, and with `each_step` after every step, too.
    `first` is a schedule to try before all others.
    `attack`: try to refute, with real threads, what would be proven.
    """

    world: str = "both"
    executions: int = 20_000
    seconds: float = 60.0
    seed: int = 0
    include: tuple[str, ...] = ()
    invariant: Callable[[], object] | None = None
    each_step: bool = False
    search: str = "auto"
    preemptions: int | None = None
    most_steps: int = 2_000
    first: Schedule | None = None
    attack: bool = True

    def __post_init__(self) -> None:
        if self.world not in WORLDS:
            raise ValueError(f"world must be one of {', '.join(WORLDS)}, not {self.world!r}")
        if self.search not in SEARCHES:
            raise ValueError(f"search must be one of {', '.join(SEARCHES)}, not {self.search!r}")
        if self.executions < 1 or self.seconds <= 0 or self.most_steps < 1:
            raise ValueError("executions, seconds and most_steps must be positive")
        if self.preemptions is not None and self.preemptions < 0:
            raise ValueError("preemptions must not be negative")
