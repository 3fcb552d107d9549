"""What took the time of a run, if not the GIL, in words."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gilscope.analysis.machine import without_core_s
from gilscope.analysis.model import OffKind
from gilscope.analysis.verdict import GOOD_CONTENDED_FRACTION
from gilscope.report.gil.asleep import RECORD_AGAIN, where_asleep
from gilscope.report.gil.calling import called
from gilscope.report.gil.told import Told, how_contended, of_the_run
from gilscope.words.numbers import percent, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import Analysis, Line, OffRow
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


def unclear(analysis: Analysis, _: Places) -> Told:
    """Of a run in which threads waited for the GIL, and for cores even more."""
    return Told(
        "Whether the GIL is the problem cannot be told: threads waited for it, but one of them"
        f" could run and had no core for {seconds(without_core_s(analysis.threads))}"
        f" of {seconds(analysis.run.wall_s)}.",
        how_contended(analysis),
        (RECORD_AGAIN,),
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
    if facts.computing_s >= max(hold_s, MUCH * analysis.run.wall_s) and not _slept(analysis):
        return (
            _computed(analysis, places),
            "That work already runs in parallel: more threads help as long as there are cores.",
        )
    return where_asleep(analysis, places)


def _slept(analysis: Analysis) -> bool:
    """Whether the thread that computed most was blocked for longer than that."""
    if not analysis.threads:
        return False
    top = max(analysis.threads, key=lambda row: row.computing_s)
    slept_s = sum(row.off_s for row in top.blocked if row.kind is OffKind.BLOCKED)
    return slept_s > top.computing_s + (top.ready_s or 0.0)


def _computed(analysis: Analysis, places: Places) -> str:
    """How long threads computed, and where for most of that time, if it is one line."""
    computed_s = analysis.verdict.facts.computing_s
    told = f"threads computed without it, {seconds(computed_s)} of CPU time"
    rows: dict[Line, list[OffRow]] = defaultdict(list)
    for thread in analysis.threads:
        for row in thread.blocked:
            if row.kind is OffKind.COMPUTING:
                rows[row.line].append(row)
    most: Sequence[OffRow] = max(rows.values(), key=_off_s, default=())
    if not most or _off_s(most) < MOSTLY * computed_s:
        return told
    longest = max(most, key=lambda row: row.off_s)
    return f"{told}, most of it at {called(longest.line, longest.inside, places)}"


def _off_s(rows: Sequence[OffRow]) -> float:
    return sum(row.off_s for row in rows)
