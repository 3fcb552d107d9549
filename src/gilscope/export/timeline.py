"""Draw what processes did, and when, onto whatever a viewer's format offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.export.counters import MOST_POINTS
from gilscope.export.drawing import Drawing
from gilscope.export.lanes import Detail, Lanes, parts_for
from gilscope.export.slices import Durations
from gilscope.export.subjects import Numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gilscope.export.canvas import Canvas
    from gilscope.export.subjects import Subject

_MOST_COUNTER_POINTS = 200_000  # of all GILs together


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of the detail: of `slices`, those shorter than `shortest_ns` are together."""

    slices: int
    single: int
    shortest_ns: int


def draw(
    subjects: Sequence[Subject],
    canvas: Canvas,
    most: int,
    progress: Callable[[float], None] = lambda _: None,
) -> Drawn:
    """Draw all processes, with at most some `most` slices, whatever the size of the traces.

    Half of them are for the lanes of GILs. `progress` is called with the fraction done, 0 to 1.
    """
    durations = _durations(subjects, lambda part: progress(part / 3))
    shortest_ns = durations.shortest_ns(most // 2)
    lanes = sum(len(each.trace.threads) + 2 * len(each.trace.gils) for each in subjects)
    detail = Detail(shortest_ns, parts_for(most // 2, lanes))
    gils = max(1, sum(len(each.trace.gils) for each in subjects))
    points = min(MOST_POINTS, max(16, _MOST_COUNTER_POINTS // gils))
    numbers = Numbers(subjects)
    for done, each in enumerate(subjects):
        Drawing(each, canvas, numbers, detail, points).draw()
        progress((1 + 2 * (done + 1) / len(subjects)) / 3)
    return Drawn(durations.total, durations.at_least(shortest_ns), shortest_ns)


def _durations(subjects: Sequence[Subject], progress: Callable[[float], None]) -> Durations:
    durations = Durations()
    for done, each in enumerate(subjects):
        lanes = Lanes(each.trace, Detail())
        for gil in each.trace.gils:
            for lengths_ns in lanes.lengths(gil):
                durations.add(lengths_ns)
        durations.add(each.trace.lock_waits().wait_ns)
        progress((done + 1) / len(subjects))
    return durations
