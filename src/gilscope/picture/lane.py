"""A lane of a timeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LaneKind(StrEnum):
    """Whose lane it is."""

    GIL = "gil"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Lane:
    """A thread, or a GIL. Times in ns from the beginning of the recording, one clock for all.

    `process`: its number in `Program.processes`. `threads`: their numbers in the trace, none of a
    GIL; several that came one after another share a lane where there were many of their kind.
    `group`: what threads are called whose names differ in numbers only; None: it is the only one.
    `exact_ns`: spans that are shorter may be folded; 0: all are as recorded.
    """

    kind: LaneKind
    process: int
    name: str
    group: str | None
    threads: tuple[int, ...]
    start_ns: int
    end_ns: int
    exact_ns: int = 0
