"""When it was: the window that a report is about, and the rest of the run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gilscope.analysis.verdict import TROUBLE
from gilscope.analysis.windows import RestKind, waiting_inside
from gilscope.words.numbers import counted, percent, seconds
from gilscope.words.text import listed

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, Window

# From so many seconds on a reader looks for the time of day, in a log perhaps.
LONG_RUN_S = 120.0
MOST_OF_IT = 0.8  # of the waiting, in windows that say when it was
BEGINNINGS = {
    RestKind.IDLE: "Idle otherwise",
    RestKind.COMPUTING: "Otherwise it computed without contention",
    RestKind.UNCONTENDED: "Not contended otherwise",
    RestKind.CONTENDED: "Contended otherwise, too",
}
DAY_S = 86_400.0
ABSURD_UNIX_S = 1e11  # in some 3,000 years


def when(analysis: Analysis) -> str:
    """Say which part of the run the report is about; empty if it is about all of it."""
    if analysis.window is None or analysis.whole is None:
        return ""
    window, whole = analysis.window, analysis.whole
    of = f"{seconds(window.to_s - window.from_s)} of {seconds(whole.wall_s)}"
    chosen = ", as you chose" if whole.was_chosen else ""
    return f"{_from_to(window, analysis)} ({of}{chosen}):"


def rest(analysis: Analysis) -> str:
    """Say how the rest of the run was, and when else it was bad; empty if that is not known."""
    whole = analysis.whole
    if whole is None or whole.rest is None:
        return ""
    found = whole.rest
    others = [each for each in analysis.windows if each != analysis.window]
    text = (
        f"{BEGINNINGS[found.kind]}: in the rest of the run the GIL was held"
        f" {percent(found.held_fraction)} of the time, the process used {seconds(found.cpu_s)} of"
        f" CPU time, and somebody waited {percent(found.contended_fraction)} of the time"
    )
    if others:
        first = _from_to(others[0], analysis).lower()
        more = f", and {counted(len(others) - 1, 'more window')}" if len(others) > 1 else ""
        text += f", most of it {first}{more}"
    return text + "."


def several(analysis: Analysis) -> str:
    """Say when it was bad, of a run that is judged as a whole and was so at times; else empty."""
    some = sorted(analysis.windows, key=lambda each: each.from_s)
    waited_s = analysis.gil.contended_fraction * analysis.run.wall_s
    if analysis.window is not None or analysis.verdict.kind not in TROUBLE or len(some) < 2:
        return ""
    if waiting_inside(some) < MOST_OF_IT * waited_s:
        return ""
    named = [_from_to(each, analysis).lower() for each in some]
    lasted_s = sum(each.to_s - each.from_s for each in some)
    return (
        f"That was {listed(named)}: {seconds(lasted_s)} of {seconds(analysis.run.wall_s)}."
        " Hardly anybody waited otherwise."
    )


def _from_to(window: Window, analysis: Analysis) -> str:
    run = analysis.whole or analysis.run
    began_s, wall_s = run.started_unix_s, run.wall_s
    ends_s = [began_s + each for each in (window.from_s, window.to_s)]
    is_known = began_s > 0 and all(abs(each) < ABSURD_UNIX_S for each in ends_s)  # nor is NaN
    if not is_known or wall_s < LONG_RUN_S:
        return f"From {window.from_s:.1f} s to {window.to_s:.1f} s"
    shape = "%H:%M:%S" if wall_s < DAY_S else "%Y-%m-%d %H:%M:%S"
    first, last = (time.strftime(shape, time.localtime(each)) for each in ends_s)
    return f"From {first} to {last}"
