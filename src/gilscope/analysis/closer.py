"""Judge a run by the window in which it was bad, where the rest of it says something else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.analysis.analyze import analyze
from gilscope.analysis.model import VerdictKind
from gilscope.analysis.surroundings import Surroundings
from gilscope.analysis.unrecorded import cpu_ns
from gilscope.analysis.verdict import TROUBLE
from gilscope.analysis.windows import Rest, Whole, Window, judge_rest, waiting_inside
from gilscope.trace import TraceWindow, cut

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis
    from gilscope.trace import Trace

# Where the whole run is in trouble, a window stands for it only if most of the waiting is there.
MOST_OF_IT = 0.5
# Less than half a second in which somebody waited is no time that a user remembers.
LEAST_WAITED_S = 0.5
NO_TROUBLE = {
    VerdictKind.UNCONTENDED,
    VerdictKind.IDLE,
    VerdictKind.LOCK_BOUND,
    VerdictKind.CPU_FULL,
}


def look_closer(trace: Trace, analysis: Analysis) -> Analysis:
    """Return the analysis of the worst window of a run, or that of the run if it says enough.

    A window that a reader chose is not looked at any closer.
    """
    if isinstance(trace, TraceWindow):
        return of_chosen(analysis, trace)
    window = next(iter(analysis.windows), None)
    if window is None or not _says_more(window, analysis):
        return analysis
    part = cut(trace, round(window.from_s * 1e9), round(window.to_s * 1e9))
    inner = analyze(part, surroundings=_alone(part))
    if inner.verdict.kind not in TROUBLE:
        return analysis
    run = analysis.run
    whole = Whole(
        run.started_unix_s,
        run.wall_s,
        run.end_reason,
        was_chosen=False,
        rest=_rest(trace, analysis, inner),
    )
    return replace(
        inner,
        run=replace(inner.run, end_reason=run.end_reason, exit_status=run.exit_status),
        open=analysis.open,
        windows=analysis.windows,
        window=window,
        whole=whole,
    )


def stands_for_run(analysis: Analysis) -> bool:
    """Whether it is of a window that was found to say more than the whole run."""
    return analysis.whole is not None and not analysis.whole.was_chosen


def _rest(trace: Trace, run: Analysis, window: Analysis) -> Rest:
    in_run, in_window = ((each.gil, each.run.wall_s) for each in (run, window))
    threads_cpu_s, inner_cpu_s = (sum(row.cpu_s for row in each.threads) for each in (run, window))
    return judge_rest(
        in_run[1] - in_window[1],
        waited_s=in_run[0].contended_fraction * in_run[1]
        - in_window[0].contended_fraction * in_window[1],
        held_s=in_run[0].held_fraction * in_run[1] - in_window[0].held_fraction * in_window[1],
        cpu_s=cpu_ns(trace) / 1e9 - inner_cpu_s,
        threads_cpu_s=threads_cpu_s - inner_cpu_s,
    )


def of_chosen(analysis: Analysis, part: TraceWindow) -> Analysis:
    """Say of the analysis of a window that a reader chose which one that is."""
    meta, until_ns = part.whole.meta, part.since_ns + part.end_ns
    fraction = analysis.gil.contended_fraction
    return replace(
        analysis,
        open=analysis.open if until_ns == part.whole.end_ns else (),
        windows=(),
        window=Window(part.since_ns / 1e9, until_ns / 1e9, fraction),
        whole=Whole(
            meta.start_unix_ns / 1e9, part.whole.end_ns / 1e9, meta.end_reason, was_chosen=True
        ),
    )


def _says_more(window: Window, analysis: Analysis) -> bool:
    waited_s = waiting_inside([window])
    if waited_s < LEAST_WAITED_S:
        return False
    if analysis.verdict.kind in TROUBLE:
        return waited_s >= MOST_OF_IT * analysis.gil.contended_fraction * analysis.run.wall_s
    return analysis.verdict.kind in NO_TROUBLE


def _alone(part: Trace) -> Surroundings:
    """What other processes did in a window is not known."""
    return Surroundings(None, cpu_ns(part) / 1e9, 1)
