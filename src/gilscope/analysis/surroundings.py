"""What is known of a process from elsewhere than its own part of a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis.unrecorded import other_programs, recorded_cpu_s, unrecorded_cpu_s

if TYPE_CHECKING:
    from gilscope.analysis.model import OtherProgram
    from gilscope.trace import Trace


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The processes beside one: CPU time of those that it started and that were not recorded, None
    where nobody knows it; and of the recorded ones that its verdict speaks for, and their number.
    """

    unrecorded_cpu_s: float | None
    recorded_cpu_s: float
    processes: int
    others: tuple[OtherProgram, ...] = ()  # of the unrecorded ones, those that were seen


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process stands in its program: its number there, what it is called, how it began,
    and when, in seconds after the first.
    """

    number: int
    name: str
    began: str
    start_s: float
    host: str
    surroundings: Surroundings


def surroundings_of(trace: Trace) -> Surroundings:
    """As the trace has it: the first process speaks for all of the program."""
    return Surroundings(
        unrecorded_cpu_s(trace),
        recorded_cpu_s(trace),
        1 if trace.process else len(trace.processes),
        other_programs(trace),
    )
