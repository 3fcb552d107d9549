"""What took the time of a run, if not the GIL, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.verdict import GOOD_CONTENDED_FRACTION
from gilscope.report.gil.asleep import RECORD_AGAIN, where_asleep
from gilscope.report.gil.told import Told, how_contended, of_the_run
from gilscope.words.numbers import percent, seconds

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis
    from gilscope.words.places import Places

# "Mostly": more than half.
MOSTLY = 0.5
# "Alone": so much of all holding that the other threads hardly ran Python.
ALONE = 0.9
# Computing is what a program is about from this many cores on.
MUCH = 0.2


def uncontended(analysis: Analysis, places: Places) -> Told:
    """Of a run in which hardly anybody waited for the GIL."""
    summary, advice = instead(analysis, places)
    if analysis.gil.contended_fraction >= GOOD_CONTENDED_FRACTION:
        return Told(
            "The GIL is not known to be the problem: threads waited for it, but mostly because who"
            " had it, or was to get it, had no core to run on.",
            how_contended(analysis),
            (RECORD_AGAIN,),
        )
    waited = "hardly anybody waited" if analysis.gil.wait_s else "nobody waited"
    return Told(
        f"The GIL is not the problem: {summary}, and {waited} for the GIL.",
        how_contended(analysis),
        (advice,),
    )


def instead(analysis: Analysis, places: Places) -> tuple[str, str]:
    """Say what threads did for most of the time, and what to do about it."""
    facts, wall_s = analysis.verdict.facts, max(analysis.run.rows_s, 1e-9)
    hold_s = sum(row.hold_s for row in analysis.threads)
    top = max(analysis.threads, key=lambda row: row.hold_s, default=None)
    # Who was waited for meanwhile, and for nothing, is not "alone".
    least_s = MOSTLY * wall_s if analysis.verdict.is_overruled else ALONE * hold_s
    mostly = analysis.gil.held_fraction >= MOSTLY
    if mostly and top is not None and top.hold_s >= least_s:
        task = f" (`{top.task.function}`)" if top.task is not None else ""
        share = f"{percent(top.hold_s / wall_s)} {of_the_run(analysis)}"
        return (
            f"thread {top.name}{task} ran Python for {share}",
            "It is Python's own speed that counts here: a CPU profiler names the hot lines.",
        )
    if mostly and not analysis.verdict.is_overruled:
        return (
            "threads ran Python at different times",
            "Threads that do not overlap gain nothing: look for what makes them alternate.",
        )
    if facts.computing_s >= max(hold_s, MUCH * analysis.run.wall_s):
        return (
            f"threads computed without it, {seconds(facts.computing_s)} of CPU time",
            "That work already runs in parallel: more threads help as long as there are cores.",
        )
    return where_asleep(analysis, places)
