"""From a recording and its analysis to a picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.analysis.stacks import StackKind
from gilscope.picture.costs import line_costs
from gilscope.picture.flames import flame
from gilscope.picture.judged import judged_part, window_ns
from gilscope.picture.marks import marks
from gilscope.picture.matrix import matrix
from gilscope.picture.model import Picture
from gilscope.picture.places import Places, TracePlaces
from gilscope.picture.sums import Sums
from gilscope.picture.timeline import timeline
from gilscope.picture.without import without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gilscope.analysis import Analysis, Program
    from gilscope.analysis.model import Line
    from gilscope.picture.flames import Flame
    from gilscope.picture.model import Timeline
    from gilscope.picture.timeline import Opener
    from gilscope.predict import Prediction
    from gilscope.trace import Trace

_SHARE_OF_TIMELINE = 0.6  # of the work


def draw(
    program: Program,
    opened: Opener,
    prediction: Prediction | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Picture:
    """Draw a program. `opened(process)` gives the trace of one of its processes for a while.

    `prediction` is of the process that the program is about. `progress` is called with the fraction
    done, 0 to 1. Memory and result are bounded, whatever the length of the recording.
    """
    places = Places()
    for line in _named(program.analysis):
        places.number(line)
    named = len(places.lines)
    drawn = timeline(
        program, opened, places, progress=lambda done: progress(done * _SHARE_OF_TIMELINE)
    )
    with opened(program.focus) as trace:
        focus = _Focus(program, trace, places, drawn)
        picture = focus.picture(
            prediction, lambda done: progress(_SHARE_OF_TIMELINE + done * (1 - _SHARE_OF_TIMELINE))
        )
    return replace(picture, named=named)


class _Focus:
    """The process that the report is about."""

    def __init__(self, program: Program, trace: Trace, places: Places, drawn: Timeline) -> None:
        self._trace, self._analysis, self._places = trace, program.analysis, places
        self._of_trace = TracePlaces(trace, places)
        self._part = judged_part(trace, program.analysis)
        self._timeline = drawn
        self._lanes = {
            index: lane
            for index, lane in enumerate(drawn.lanes)
            if lane.process == program.focus.process and lane.threads
        }

    def picture(self, prediction: Prediction | None, progress: Callable[[float], None]) -> Picture:
        trace, places, part = self._trace, self._places, self._part
        sums = _summed(part, progress)
        lengths = {"wait": sums.waits, "hold": sums.holds, "lock": sums.lock_waits}
        found = {name: each.found() for name, each in lengths.items()}
        return Picture(
            timeline=self._timeline,
            marks=tuple(marks(trace, self._analysis, places, self._of_trace)),
            flames=_flames(part, places, sums),
            matrix=matrix(part, sums.pairs),
            distributions={name: each for name, each in found.items() if each is not None},
            costs=line_costs(sums),
            window=window_ns(self._analysis),
            without=without(trace, prediction, self._lanes, self._of_trace),
            lines=tuple(places.lines),
            named=0,
            prediction=prediction,
        )


def _flames(part: Trace, places: Places, sums: Sums) -> dict[str, Flame]:
    """What a thread holds, and when it is without the GIL, means nothing where there is none."""
    of_gil = {
        "held": sums.weights[StackKind.HELD],
        "waited": sums.weights[StackKind.WAITED],
        "blame": sums.weights[StackKind.BLAME],
        "off": sums.off,
    }
    all_of_them = {"lock": sums.weights[StackKind.LOCKS]} | (
        of_gil if part.meta.gil_enabled else {}
    )
    return {name: flame(part, places, each) for name, each in all_of_them.items() if each}


def _summed(part: Trace, progress: Callable[[float], None]) -> Sums:
    sums = Sums(part)
    total = max(1, sum(part.hold_count(gil) for gil in part.gils))
    done = 0
    for rows in sums.run():
        done += rows
        progress(min(1.0, done / total))
    return sums


def _named(analysis: Analysis) -> Iterator[Line]:
    """The lines that the tables of a report name: they have a number, seen or not."""
    for blamed in analysis.blame:
        yield blamed.line
    for victim in analysis.victims:
        yield victim.line
    for lock in analysis.locks:
        yield lock.waiter
        if lock.owner is not None:
            yield lock.owner
    for thread in analysis.threads:
        for row in thread.blocked:
            yield row.line
    for blocked in analysis.loop.blocked:
        yield blocked.line
