"""What a picture has to show: lanes and their segments, and what else is drawn of a recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.analysis.model import Line
    from gilscope.picture.costs import LineCost
    from gilscope.picture.edges import Edges
    from gilscope.picture.flames import Flame
    from gilscope.picture.lane import Lane
    from gilscope.picture.lengths import Distribution
    from gilscope.picture.marks import Mark
    from gilscope.picture.matrix import Matrix
    from gilscope.picture.spans import Spans
    from gilscope.picture.stretches import Stretch
    from gilscope.picture.without import Without
    from gilscope.predict import Prediction


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lanes, and what was going on in them.

    In `spans`, `lane` and `culprit` are numbers of `lanes`, `place` is one of the picture's lines.
    Times are as those of lanes. `edges` are the most important of `all_edges`. `left_out` counts
    threads, and `without_lanes` processes, that have no lane because there are too many.
    `stretches`: by process, those in which all is as recorded though lanes are folded.
    """

    lanes: tuple[Lane, ...]
    spans: Spans
    edges: Edges
    all_edges: int
    left_out: int = 0
    without_lanes: int = 0
    stretches: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)

    def lanes_of(self, process: int) -> dict[int, int]:
        """Return the lanes of the threads of a process, by the numbers of these."""
        return {
            thread: index
            for index, lane in enumerate(self.lanes)
            if lane.process == process
            for thread in lane.threads
        }


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it; what is not of the timeline is of the process that the report is about.

    `lines`: what places refer to; the first `named` of them are in the report's tables. Sums
    (`flames`, `matrix`, `distributions`, `costs`) are of what these tables are of: the `window`
    (ns) if there is one, else all of the recording. `without` is the run as it would have been
    without the GIL; None where that is not predicted, as `prediction` says.
    """

    timeline: Timeline
    lines: tuple[Line, ...]
    named: int
    marks: tuple[Mark, ...]
    flames: Mapping[str, Flame]  # held, waited, blame, lock, off
    matrix: Matrix
    distributions: Mapping[str, Distribution]  # wait, hold, lock
    costs: Mapping[Line, LineCost]
    window: tuple[int, int] | None
    without: Without | None
    prediction: Prediction | None = None
