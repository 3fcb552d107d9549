"""Two comparisons of the same work: which strategies have become slower, beyond doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.compare.model import Comparison, Row


@dataclass(frozen=True, slots=True)
class Change:
    """`ratio` is the new wall time over the old one; `certain` if their intervals do not meet.

    `lost` says why a strategy that was measured before is no longer measured.
    """

    label: str
    workers: int
    before_s: float
    now_s: float | None
    ratio: float | None
    certain: bool
    lost: str = ""

    def is_regression(self, threshold: float) -> bool:
        """Whether it is slower by more than `threshold` (0.1: a tenth), and that is no noise."""
        if self.ratio is None:
            return True
        return self.certain and self.ratio > 1 + threshold


def changes(before: Comparison, now: Comparison) -> list[Change]:
    """What became of each row that was measured before."""
    present = {(row.strategy, row.python, row.workers): row for row in now.rows}
    return [
        _change(row, present.get((row.strategy, row.python, row.workers)))
        for row in before.rows
        if row.wall is not None
    ]


def _change(before: Row, now: Row | None) -> Change:
    assert before.wall is not None
    if now is None or now.wall is None:
        lost = now.reason if now is not None else "not measured"
        return Change(
            before.label, before.workers, before.wall.median, None, None, certain=True, lost=lost
        )
    one, other = before.wall, now.wall
    return Change(
        before.label,
        before.workers,
        one.median,
        other.median,
        other.median / one.median,
        certain=other.low > one.high or other.high < one.low,
    )
