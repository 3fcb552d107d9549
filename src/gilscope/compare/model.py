"""What a comparison found: plain data for the reports, JSON and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gilscope.showing import Shown

if TYPE_CHECKING:
    from gilscope.compare.estimates import Estimate


SERIAL = "serial"


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
    def gain(self) -> Estimate | None:
        """Over serial in the Python that compares, of the same rounds."""
        return self.against_default if self.python else self.speedup

    @property
    def label(self) -> str:
        return f"{self.strategy} ({self.python})" if self.python else self.strategy

    @property
    def short_name(self) -> str:
        """`threads x2`, `serial (3.14)`."""
        if self.strategy == SERIAL:
            return self.label
        python = f" ({self.python})" if self.python else ""
        return f"{self.strategy} x{self.workers}{python}"


class DecisionKind(StrEnum):
    """What the intervals allow to say about the strategies in the Python that compares."""

    FASTER = "faster"  # at least one is faster than serial by the threshold
    SERIAL = "serial"  # none is
    UNKNOWN = "unknown"  # the intervals are too wide to say either
    NOTHING = "nothing"  # no strategy but serial was measured


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from the intervals of the rows, and from nothing else.

    `leaders` are faster than serial, and cannot be told apart; the simplest comes first.
    `undecided` are those whose interval contains the threshold, and that could be the best.
    `elsewhere` is faster beyond doubt than all leaders, in another Python. `failed`, in this
    Python, could not be judged; nor could `wrong`, which gave other results than serial.
    """

    kind: DecisionKind
    threshold: float  # a strategy that is not this many times as fast as serial is not worth it
    leaders: tuple[Row, ...] = ()
    undecided: tuple[Row, ...] = ()
    elsewhere: Row | None = None
    failed: tuple[Row, ...] = ()
    wrong: tuple[Row, ...] = ()


class NoteKind(StrEnum):
    """What a reader should know before believing the figures."""

    NOISY = (
        "noisy"  # value: how far apart the middle half of the serial rounds lies, over their median
    )
    RESULTS_NOT_COMPARED = "results-not-compared"  # detail: why
    FEWER_WORKERS = "fewer-workers"  # subject; value: how many answered
    GIL_SWITCHED_ON = "gil-switched-on"  # subject: a row of a free-threaded Python
    SERIAL_IS_PARALLEL = "serial-is-parallel"  # value: how many; detail: "cores" kept busy, or
    # "threads" that its CPU time is spread over, where other programs kept the cores busy
    TASKS_TOO_SMALL = "tasks-too-small"  # subject: the cheapest strategy; value: seconds it needs
    RESULTS_CACHED = "results-cached"  # subject: the function
    RETURNED_EXCEPTION = "returned-exception"  # detail: the exception
    OTHERS_UNKNOWN = "others-unknown"  # this system does not tell of other processes
    TEXT = "text"  # detail: a sentence from a file that an older gilscope wrote


@dataclass(frozen=True, slots=True)
class Note:
    """`subject`, `value` and `detail` are what the comments of NoteKind say."""

    kind: NoteKind
    subject: str = ""
    value: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Comparison(Shown):
    """All rows; the first is the serial run in the Python that compares (`python` is "")."""

    target: str
    arguments: str
    setup: str
    tasks: int
    cores: int
    python: str
    rounds: int
    rows: tuple[Row, ...]
    decision: Decision
    notes: tuple[Note, ...] = ()

    @property
    def serial(self) -> Row:
        return self.rows[0]

    @property
    def task_s(self) -> float:
        """How long one task takes, serially."""
        assert self.serial.wall is not None
        return self.serial.wall.median / self.tasks
