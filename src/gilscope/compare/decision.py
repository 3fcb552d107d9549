"""What the measured intervals allow to say: which strategies are faster than serial, or none."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gilscope.compare.model import SERIAL, Decision, DecisionKind, Outcome
from gilscope.compare.plan import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gilscope.compare.estimates import Estimate
    from gilscope.compare.model import Row

# A gain below this is not worth another way of running a program.
WORTH_IT = 1.1


class Gain(StrEnum):
    """Whether a strategy is at least WORTH_IT times as fast as serial here."""

    FASTER = "faster"  # its whole interval lies above
    NOT_FASTER = "not-faster"  # its whole interval lies below
    UNKNOWN = "unknown"


def judge(row: Row) -> Gain | None:
    """The answer that the row's interval gives; None for a row that was not measured."""
    ratio = row.gain
    if ratio is None:
        return None
    if not ratio.is_confident:
        return Gain.UNKNOWN
    if ratio.low >= WORTH_IT:
        return Gain.FASTER
    return Gain.NOT_FASTER if ratio.high < WORTH_IT else Gain.UNKNOWN


def decide(rows: Sequence[Row]) -> Decision:
    """Nothing but the intervals decides: whoever sees them comes to the same conclusion."""
    here = [row for row in rows if not row.python and row.strategy != SERIAL]
    leaders = _leaders(row for row in here if judge(row) is Gain.FASTER)
    unknown = [row for row in here if judge(row) is Gain.UNKNOWN]
    if leaders:
        kind, least = DecisionKind.FASTER, _ratio(_fastest(leaders)).low
        unknown = [row for row in unknown if _ratio(row).high >= least]
    elif unknown:
        kind = DecisionKind.UNKNOWN
    elif any(row.wall is not None for row in here):
        kind = DecisionKind.SERIAL
    else:
        kind = DecisionKind.NOTHING
    failures = [row for row in rows if row.wall is None and row.outcome is not Outcome.MISSING]
    return Decision(
        kind,
        WORTH_IT,
        leaders=tuple(leaders),
        undecided=tuple(unknown),
        elsewhere=_elsewhere(rows, leaders),
        failed=tuple(
            row for row in failures if row.outcome is not Outcome.MISMATCH and not row.python
        ),
        wrong=tuple(row for row in failures if row.outcome is Outcome.MISMATCH),
    )


def _leaders(faster: Iterable[Row]) -> list[Row]:
    """The fastest, and all whose interval reaches that of the fastest; the simplest first."""
    candidates = list(faster)
    if not candidates:
        return []
    least = _ratio(_fastest(candidates)).low
    near = [row for row in candidates if _ratio(row).high >= least]
    return sorted(near, key=lambda row: (STRATEGIES.index(row.strategy), row.workers))


def _elsewhere(rows: Sequence[Row], leaders: Sequence[Row]) -> Row | None:
    """The simplest of the fastest in other Pythons, where it is faster than all leaders here."""
    to_beat = max((_ratio(row).high for row in leaders), default=0.0)
    candidates = _leaders(
        row for row in rows if row.python and judge(row) is Gain.FASTER and _gains_there(row)
    )
    return next((row for row in candidates if _ratio(row).low > to_beat), None)


def _gains_there(row: Row) -> bool:
    """A faster Python is no merit of the strategy: it must gain over serial in its own, too."""
    return row.strategy == SERIAL or (row.speedup is not None and row.speedup.low > 1)


def _fastest(rows: Iterable[Row]) -> Row:
    return max(rows, key=lambda row: _ratio(row).median)


def _ratio(row: Row) -> Estimate:
    assert row.gain is not None
    return row.gain
