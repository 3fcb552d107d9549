"""What is said of a difference: by the screen and by JSON in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.difference import LEVEL, Basis, Outcome, least_probability
from gilscope.analysis.figures import FigureKind
from gilscope.words.numbers import counted, percent, seconds
from gilscope.words.text import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.analysis.difference import Change, Difference

TITLES = {
    FigureKind.RUN: "the run",
    FigureKind.BLAME: "functions that made others wait for the GIL",
    FigureKind.VICTIMS: "functions that waited for the GIL",
    FigureKind.LOCKS: "functions that waited for locks",
    FigureKind.THREADS: "threads that waited for the GIL",
}
RUN_NAMES = {
    "wall": "from beginning to end",
    "cpu": "CPU time",
    "held": "threads had the GIL",
    "waited": "threads waited for the GIL",
    "longest wait": "the longest wait for it",
    "stalled": "calls did not let go of it",
    "locks": "threads waited for locks",
    "loop": "event loops were blocked",
    "gc": "others waited for the collector",
}
OUTCOMES = {
    Outcome.BETTER: "better",
    Outcome.WORSE: "worse",
    Outcome.CHANGED: "changed",
    Outcome.NO_DIFFERENCE: "no significant difference",
    Outcome.ONE_RUN: "not known: one run",
    Outcome.TOO_FEW_RUNS: "not known: too few runs",
}
ENOUGH_RUNS = next(n for n in range(1, 100) if least_probability(n, n) <= LEVEL)


def summary(difference: Difference) -> str:
    """Say what can be said of the whole."""
    wall = difference.of(FigureKind.RUN)[0]
    if wall.outcome in (Outcome.ONE_RUN, Outcome.TOO_FEW_RUNS):
        return _unknown(difference)
    outcomes = [each.outcome for each in difference.changes if each.outcome is not Outcome.CHANGED]
    better, worse = outcomes.count(Outcome.BETTER), outcomes.count(Outcome.WORSE)
    if not better and not worse:
        return "No significant difference: the runs of each side differ as much among themselves."
    parts = [f"{count} better" for count in (better,) if count]
    parts += [f"{count} worse" for count in (worse,) if count]
    same = outcomes.count(Outcome.NO_DIFFERENCE)
    rest = f", {same} not significantly different" if same else ""
    return f"Of {counted(len(outcomes), 'figure')}, {listed(parts)}{rest}. {_wall(wall)}"


def _unknown(difference: Difference) -> str:
    before, now = len(difference.before), len(difference.now)
    runs = (
        "One run on each side"
        if before == now == 1
        else f"{counted(before, 'run')} before, {counted(now, 'run')} now"
    )
    return (
        f"{runs}: that does not tell how much runs vary, so what differs may be chance."
        f" Record each side {ENOUGH_RUNS} times or more, and name all files."
    )


def _wall(wall: Change) -> str:
    if wall.outcome is Outcome.NO_DIFFERENCE:
        return "The run takes as long as before, as far as one can tell."
    longer = "longer" if wall.difference > 0 else "shorter"
    return f"The run is {seconds(abs(wall.difference))} {longer}."


def notes(difference: Difference) -> Iterator[str]:
    """What a reader has to know of these runs."""
    before, now = difference.before, difference.now
    for what in ("program", "python"):
        names = [sorted({getattr(run, what) for run in side}) for side in (before, now)]
        if names[0] != names[1]:
            some = [listed([f"`{name or 'unknown'}`" for name in side]) for side in names]
            word = "Pythons" if what == "python" else "programs"
            yield f"the {word} are not the same: {some[0]} before, {some[1]} now"
    if {run.has_gil for run in before} != {run.has_gil for run in now}:
        yield "one side has no GIL: nobody can wait for it there"
    if difference.basis is Basis.SECOND:
        yield (
            "not all runs came to their own end, so all but the first and the longest are compared"
            " by the second of a run"
        )
    if any(run.is_partial for run in (*before, *now)):
        yield (
            "the size of a trace was limited: its functions, stalls, locks and collections are of"
            " the end of the run only, and are not to be compared with a whole one's"
        )
    if _are_judged(difference.changes):
        yield (
            f"of figures that have not changed, {percent(LEVEL)} look as if they had, by chance"
            " (Mann and Whitney's test)"
        )


def _are_judged(changes: Sequence[Change]) -> bool:
    return any(each.probability is not None for each in changes)
