"""What was recorded, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - its fields' types are asked for
from dataclasses import dataclass, field

from gilscope.trace.meta import SAMPLER_UNKNOWN, Sampler

UNFINISHED = (
    "unfinished"  # how a process ends whose end is not in the trace: it still runs, or is lost
)


@dataclass(frozen=True, slots=True)
class Run:
    """What was recorded, and how it ended. Seconds; `started_unix_s` counts from the epoch.

    `exit_status` is negative for the signal that ended it, None where nobody knows it.
    `children_cpu_s` is the CPU time of processes that it started, and theirs, not recorded; None
    where it is not known. `recorded_cpu_s` is that of the `processes` which were. Of the first one,
    both are about the whole program, of others about themselves. `free_threaded` is how this Python
    was built, `gil_enabled` whether the GIL was on when the recording began, `gil_enabled_at_end`
    whether it was when it ended (None: not known, or a build that has it always). It was on by
    request if `gil_forced`, or `gil_enabled_by` that module. Of a limited trace, lines, pairs,
    stalls, percentiles and timelines are from `rows_from_s` on. `cores` are those of the machine;
    0: not known. `cells` are the texts of a notebook's cells, by what they are called.
    """

    program: str
    python: str
    pid: int
    wall_s: float
    started_unix_s: float
    end_reason: str  # "exit", "killed", "stopped", "max-size", "disk-full", "unfinished", ...
    gil_enabled: bool
    switch_interval_s: float
    sample_hz: float
    samples: int
    trace_bytes: int
    exit_status: int | None = None
    children_cpu_s: float | None = None
    recorded_cpu_s: float = 0.0
    processes: int = 1
    free_threaded: bool = False
    gil_enabled_at_end: bool | None = None
    gil_enabled_by: str = ""
    gil_forced: bool = False
    sampler: Sampler = SAMPLER_UNKNOWN
    rows_from_s: float = 0.0
    cores: int = 0
    cells: Mapping[str, str] = field(default_factory=dict)
    began: str = "launch"  # or "attach", in the middle of its life, and others: see Process

    @property
    def rows_s(self) -> float:
        return max(0.0, self.wall_s - self.rows_from_s)
