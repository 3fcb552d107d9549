"""Whether runs are worse than runs before by more than a stated amount: by an interval."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING

from gilscope.analysis.difference import LEVEL, Basis, chance_of_rank_sum, unit_of
from gilscope.analysis.figures import NOT_SUMS, FigureKind, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.difference import Difference
    from gilscope.analysis.figures import RunFigures

OF_THE_GIL = frozenset({"held", "waited", "longest wait", "stalled", "gc"})
OF_ROWS = frozenset({"stalled", "locks", "loop", "gc"})  # of the end of a trace of limited size


@dataclass(frozen=True, slots=True)
class Least:
    """What is to be worse, one of RUN_FIGURES, and by how much at least.

    By a share of the median before, or by `amount_s`: the other one is 0. `text` is what a user
    has written.
    """

    name: str
    share: float = 0.0
    amount_s: float = 0.0
    text: str = ""


class Worse(StrEnum):
    """Whether it is more, by more than that."""

    WORSE = "worse"  # the whole interval is above it
    NOT_SHOWN = "not-shown"  # it may be less
    UNKNOWN = "unknown"


class WhyUnknown(StrEnum):
    """Why nobody knows."""

    ONE_RUN = "one-run"  # a side has only one: how much runs vary is not known
    TOO_FEW_RUNS = "too-few-runs"  # so few that chance may separate the sides
    NO_GIL = "no-gil"  # a run had none
    LOST = "lost"  # a part of a recording is
    END_ONLY = "end-only"  # the size of a trace was limited, and the figure is of its end
    CUT_OFF = "cut-off"  # a run did not end by itself, so that amounts are not those of a run


@dataclass(frozen=True, slots=True)
class Judgement:
    """One figure: medians of both sides, and the interval in which the difference lies.

    Seconds; seconds in a second where runs were cut off (`Difference.basis`). `limit_s` is what
    the interval is compared with. All four are None where nothing is known.
    """

    least: Least
    worse: Worse
    why: WhyUnknown | None = None
    before_s: float | None = None
    now_s: float | None = None
    low_s: float | None = None
    high_s: float | None = None
    limit_s: float | None = None


def judge_worse(found: Difference, least: Least) -> Judgement:
    """Say whether the runs are worse: the median of all differences lies in the interval.

    The interval is that of Hodges and Lehmann, with a confidence of 95 % or a little more: nothing
    is assumed about how runs vary, but that they vary as much on both sides.
    """
    why = _why_unknown(found, least)
    if why is not None:
        return Judgement(least, Worse.UNKNOWN, why)
    before, now = (
        [_value(run, found, least) for run in side] for side in (found.before, found.now)
    )
    interval = shift_of(before, now)
    if interval is None:
        is_one = min(len(before), len(now)) == 1
        return Judgement(
            least, Worse.UNKNOWN, WhyUnknown.ONE_RUN if is_one else WhyUnknown.TOO_FEW_RUNS
        )
    low_s, high_s = interval
    limit_s = least.amount_s or least.share * median(before)
    worse = Worse.WORSE if low_s > limit_s else Worse.NOT_SHOWN
    return Judgement(least, worse, None, median(before), median(now), low_s, high_s, limit_s)


def shift_of(before: Sequence[float], now: Sequence[float]) -> tuple[float, float] | None:
    """Return between what the values now are larger than those before; None: too few of them.

    The ends are differences of pairs, so many from both ends that the rank test would call no shift
    between them significant.
    """
    pairs = sorted(each - other for each in now for other in before)
    middle = len(pairs) / 2
    cut = 0
    while cut < middle and chance_of_rank_sum(len(before), len(now), middle - cut) <= LEVEL:
        cut += 1
    return (pairs[cut - 1], pairs[-cut]) if cut else None


def _why_unknown(found: Difference, least: Least) -> WhyUnknown | None:
    runs = (*found.before, *found.now)
    if not all(run.is_complete for run in runs):
        return WhyUnknown.LOST
    if least.name in OF_THE_GIL and not all(run.has_gil for run in runs):
        return WhyUnknown.NO_GIL
    if least.name in OF_ROWS and any(run.is_partial for run in runs):
        return WhyUnknown.END_ONLY
    is_cut = found.basis is Basis.SECOND
    if is_cut and (least.amount_s or least.name in NOT_SUMS):
        return WhyUnknown.CUT_OFF
    return None


def _value(run: RunFigures, found: Difference, least: Least) -> float:
    value_s = run.seconds.get(Subject(FigureKind.RUN, least.name), 0.0)
    return value_s if least.name in NOT_SUMS else value_s / unit_of(run, found.basis)
