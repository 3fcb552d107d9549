"""What a picture has to show: lanes and their segments, and what else is drawn of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.analysis.model import Line
    from gilscope.picture.spans import Spans


class LaneKind(StrEnum):
    """Whose lane it is."""

    GIL = "gil"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Lane:
    """A thread, or a GIL. Times in ns from the beginning of the recording, one clock for all.

    `process`: its number in `Program.processes`. `thread`: its number in the trace, None of a GIL.
    `group`: what threads are called whose names differ in numbers only; None: it is the only one.
    `exact_ns`: spans that are shorter may be folded; 0: all are as recorded.
    """

    kind: LaneKind
    process: int
    name: str
    group: str | None
    thread: int | None
    start_ns: int
    end_ns: int
    exact_ns: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lanes, and what was going on in them.

    In `spans`, `lane` and `culprit` are numbers of `lanes`, `place` is one of the picture's lines.
    Times are as those of lanes. `left_out` counts threads, and `without_lanes` processes, that
    have no lane because there are too many.
    """

    lanes: tuple[Lane, ...]
    spans: Spans
    left_out: int = 0
    without_lanes: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it. `lines`: what places refer to."""

    timeline: Timeline
    lines: tuple[Line, ...]
