"""Runs before a change and after it: what got better and worse, and what cannot be known."""

from __future__ import annotations

import bisect
import functools
import itertools
import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING

from gilscope.analysis.figures import NEUTRAL, NOT_SUMS, RUN_FIGURES, FigureKind, Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.figures import RunFigures

LEVEL = 0.05  # how often what did not change may look as if it did
LEAST_SHARE = 0.001  # of a run: what is less in all of them changes nothing
_MOST_ENUMERATED = 4_000  # ways to deal the values out to two sides


class Outcome(StrEnum):
    """What can be said of a difference."""

    BETTER = "better"
    WORSE = "worse"
    CHANGED = "changed"  # more or less of what is neither good nor bad
    NO_DIFFERENCE = "no-significant-difference"  # runs of one side differ as much
    ONE_RUN = "one-run"  # a side has only one: how much runs vary is not known
    TOO_FEW_RUNS = "too-few-runs"  # so few that chance may separate the sides


class Basis(StrEnum):
    """What the values are of."""

    RUN = "run"  # seconds of a whole run
    SECOND = "second"  # seconds in a second of a run


@dataclass(frozen=True, slots=True)
class Change:
    """One figure on both sides: a value for each run, in the order of the runs.

    `probability` is how likely chance alone separates the sides as much; None where too few runs
    tell.
    """

    subject: Subject
    before: tuple[float, ...]
    now: tuple[float, ...]
    probability: float | None
    outcome: Outcome

    @property
    def difference(self) -> float:
        """How much more it is now: between the medians."""
        return median(self.now) - median(self.before)


@dataclass(frozen=True, slots=True)
class Difference:
    """All figures that reach a thousandth of a run in any of them. Of each kind, the largest
    differences come first; but those of the whole run are in their own order.
    """

    before: tuple[RunFigures, ...]
    now: tuple[RunFigures, ...]
    basis: Basis
    changes: tuple[Change, ...]

    def of(self, kind: FigureKind) -> tuple[Change, ...]:
        return tuple(each for each in self.changes if each.subject.kind is kind)


def difference(before: Sequence[RunFigures], now: Sequence[RunFigures]) -> Difference:
    """Compare runs; each side has at least one.

    Where a run was cut off, or is of a program that does not end by itself, sums are compared by
    the second of the run: a longer one has more of everything.
    """
    runs = [*before, *now]
    basis = Basis.RUN if all(each.ended for each in runs) else Basis.SECOND
    subjects = dict.fromkeys(subject for each in runs for subject in each.seconds)
    changes = []
    for subject in subjects:
        sides = [tuple(_value(each, subject, basis) for each in side) for side in (before, now)]
        if max(*sides[0], *sides[1]) >= _least(runs, subject, basis):
            changes.append(_change(subject, *sides))
    kinds = list(FigureKind)
    changes.sort(key=lambda each: (kinds.index(each.subject.kind), _rank(each)))
    return Difference(tuple(before), tuple(now), basis, tuple(changes))


def _value(run: RunFigures, subject: Subject, basis: Basis) -> float:
    value_s = run.seconds.get(subject, 0.0)
    return value_s / unit_of(run, basis) if _is_share(subject, basis) else value_s


def unit_of(run: RunFigures, basis: Basis) -> float:
    """Return what the sums of a run are divided by, so that they are of the basis."""
    return max(run.wall_s, 1e-9) if basis is Basis.SECOND else 1.0


def _least(runs: Sequence[RunFigures], subject: Subject, basis: Basis) -> float:
    """Return what a value must reach in some run to count."""
    whole = 1.0 if _is_share(subject, basis) else min(run.wall_s for run in runs)
    return max(LEAST_SHARE * whole, 1e-9)


def _is_share(subject: Subject, basis: Basis) -> bool:
    is_sum = subject.kind is not FigureKind.RUN or subject.name not in NOT_SUMS
    return is_sum and basis is Basis.SECOND


def _rank(change: Change) -> float:
    if change.subject.kind is FigureKind.RUN:
        return RUN_FIGURES.index(change.subject.name)
    return -abs(change.difference)


def _change(subject: Subject, before: tuple[float, ...], now: tuple[float, ...]) -> Change:
    is_neutral = subject.kind is FigureKind.RUN and subject.name in NEUTRAL
    return Change(subject, before, now, *told_of(before, now, is_neutral=is_neutral))


def told_of(
    before: Sequence[float], now: Sequence[float], *, is_neutral: bool
) -> tuple[float | None, Outcome]:
    """Return how likely chance alone separates values as much, and what can be said of them.

    They are of one figure, a value for each run; `is_neutral` if less of it is not better.
    """
    if min(len(before), len(now)) == 1:
        return None, Outcome.ONE_RUN
    if least_probability(len(before), len(now)) > LEVEL:
        return None, Outcome.TOO_FEW_RUNS
    probability = by_chance(before, now)
    if probability > LEVEL:
        return probability, Outcome.NO_DIFFERENCE
    if is_neutral:
        return probability, Outcome.CHANGED
    is_less = _rank_sum(now, before) < 0
    return probability, Outcome.BETTER if is_less else Outcome.WORSE


def least_probability(one: int, other: int) -> float:
    """Return how likely chance separates so many values of each side completely."""
    return 2 / math.comb(one + other, one)


def by_chance(before: Sequence[float], now: Sequence[float]) -> float:
    """Return how likely values that differ by chance alone would be as far apart, 0 to 1.

    The order of all values counts, not how large they are (Mann and Whitney's test, of both sides):
    nothing is assumed about how runs vary. Exact where the ways to deal the values out to the sides
    can be counted; otherwise by the normal distribution, with ties taken into account.
    """
    seen = abs(_rank_sum(now, before))
    values = [*before, *now]
    if math.comb(len(values), len(now)) > _MOST_ENUMERATED:
        return _by_normal_distribution(values, len(before), len(now), seen)
    found = _all_dealings(tuple(sorted(_ranks(values))), len(now))
    return (len(found) - bisect.bisect_left(found, seen - 1e-9)) / len(found)


def chance_of_rank_sum(before: int, now: int, off: float) -> float:
    """Return how likely chance puts the rank sum of one side so far off its mean, or farther.

    Of values without ties, so many on each side; `off` is counted in ranks.
    """
    values = range(1, before + now + 1)
    if math.comb(before + now, now) > _MOST_ENUMERATED:
        return _by_normal_distribution(list(map(float, values)), before, now, off)
    found = _all_dealings(tuple(map(float, values)), now)
    return (len(found) - bisect.bisect_left(found, off - 1e-9)) / len(found)


@functools.lru_cache(maxsize=256)
def _all_dealings(ranks: tuple[float, ...], size: int) -> list[float]:
    """Return by how much the rank sums of all ways to choose so many differ from their mean.

    From the least to the most; a graph asks the same for thousands of call paths.
    """
    middle = sum(ranks) * size / len(ranks)
    return sorted(abs(sum(some) - middle) for some in itertools.combinations(ranks, size))


def _rank_sum(some: Sequence[float], others: Sequence[float]) -> float:
    """Return by how much the ranks of some exceed what they would be by chance, on average."""
    values = [*others, *some]
    ranks = _ranks(values)
    return sum(ranks[len(others) :]) - sum(ranks) * len(some) / len(values)


def _ranks(values: Sequence[float]) -> list[float]:
    """Number the values by their size, from 1 on; equal ones share the mean of their numbers."""
    ordered = sorted(values)
    places: dict[float, list[int]] = {}
    for place, value in enumerate(ordered, 1):
        places.setdefault(value, []).append(place)
    return [sum(places[value]) / len(places[value]) for value in values]


def _by_normal_distribution(values: Sequence[float], before: int, now: int, seen: float) -> float:
    count = before + now
    ties = sum(n**3 - n for n in (sum(v == each for v in values) for each in set(values)))
    variance = before * now / 12 * (count + 1 - ties / (count * (count - 1)))
    if variance <= 0:
        return 1.0
    return math.erfc(max(0.0, seen - 0.5) / math.sqrt(2 * variance))
