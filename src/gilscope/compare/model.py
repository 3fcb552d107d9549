"""What a comparison found: plain data for the reports, JSON and the decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.compare.estimates import Estimate


class Outcome(StrEnum):
    """How it went for one strategy."""

    MEASURED = "measured"
    MISSING = "missing"  # not installed here
    MISMATCH = "mismatch"  # other results than serial: never trust its speed
    RAISED = "raised"  # the function, or the strategy, raised an exception
    CRASHED = "crashed"  # its process ended
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class GilCost:
    """What a recording of one batch says; times in seconds, fractions of the wall time."""

    wait_s: float
    contended_fraction: float
    held_fraction: float
    culprit: str  # `fib.py:5`, or "" where nobody made anybody wait
    verdict: str


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy with one number of workers in one Python.

    Times are in seconds per batch of tasks, `startup_s` apart. `speedup` is over the serial run in
    the same Python, `against_default` over that in the Python that compares. `break_even_s` is the
    shortest task for which the strategy beats serial once its workers run, `cold_break_even_s` if
    they must be started for one batch; None if it never does. What was not measured is None.
    """

    strategy: str
    workers: int
    python: str
    outcome: Outcome
    reason: str = ""
    add: str = ""
    wall: Estimate | None = None
    speedup: Estimate | None = None
    against_default: Estimate | None = None
    efficiency: float | None = None
    significant: bool = False
    startup_s: float | None = None
    overhead_s: float | None = None  # per task that does nothing
    cpu_s: float | None = None
    peak_bytes: int | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    throughput_per_s: float | None = None
    break_even_s: float | None = None
    cold_break_even_s: float | None = None
    gil: GilCost | None = None

    @property
    def available(self) -> bool:
        return self.outcome is not Outcome.MISSING

    @property
    def label(self) -> str:
        return f"{self.strategy} ({self.python})" if self.python else self.strategy


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows; the first is the serial run in the Python that compares (`python` is "")."""

    target: str
    arguments: str
    tasks: int
    cores: int
    python: str
    rounds: int
    rows: tuple[Row, ...]
    recommendation: str
    warnings: tuple[str, ...] = field(default=())

    @property
    def serial(self) -> Row:
        return self.rows[0]

    @property
    def task_s(self) -> float:
        """How long one task takes, serially."""
        assert self.serial.wall is not None
        return self.serial.wall.median / self.tasks
