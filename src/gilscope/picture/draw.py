"""From a recording and its analysis to a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    places, analysis = Places(), program.analysis
    for line in _named(analysis):
        places.number(line)
    named_lines = len(places.lines)
    drawn = timeline(
        program, opened, places, progress=lambda done: progress(done * _SHARE_OF_TIMELINE)
    )
    with opened(program.focus) as trace:
        part = judged_part(trace, analysis)
        sums = _summed(
            part,
            lambda done: progress(_SHARE_OF_TIMELINE + done * (1 - _SHARE_OF_TIMELINE)),
        )
        named = {
            "held": sums.held,
            "waited": sums.waited,
            "blame": sums.blame,
            "lock": sums.lock,
            "off": sums.off,
        }
        lengths = {"wait": sums.waits, "hold": sums.holds, "lock": sums.lock_waits}
        found = {name: each.found() for name, each in lengths.items()}
        return Picture(
            timeline=drawn,
            marks=tuple(marks(trace, analysis, places, TracePlaces(trace, places))),
            flames={name: flame(part, places, each) for name, each in named.items() if each},
            matrix=matrix(part, sums.pairs),
            distributions={name: each for name, each in found.items() if each is not None},
            costs=line_costs(sums),
            window=window_ns(analysis),
            without=without(
                trace,
                prediction,
                drawn.lanes_of(program.focus.process),
                TracePlaces(trace, places),
            ),
            lines=tuple(places.lines),
            named=named_lines,
        )


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
