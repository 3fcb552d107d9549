"""What each line of the program cost: for its source, and for links."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis.stacks import StackKind

if TYPE_CHECKING:
    from gilscope.analysis.model import Line
    from gilscope.picture.sums import Sums


@dataclass(slots=True)
class LineCost:
    """Thread-seconds: how long a line had the GIL, waited for it, and made others wait for it."""

    held_s: float = 0.0
    waited_s: float = 0.0
    caused_s: float = 0.0


def line_costs(sums: Sums) -> dict[Line, LineCost]:
    """Add up by line of the user's own code, as the tables of a report do."""
    found: dict[Line, LineCost] = defaultdict(LineCost)
    lines = sums.lines
    for (table, path), ns in sums.weights[StackKind.HELD].items():
        found[lines[lines.number(table, path)]].held_s += ns / 1e9
    for (table, path), ns in sums.weights[StackKind.WAITED].items():
        found[lines[lines.number(table, path)]].waited_s += ns / 1e9
    for (table, path), ns in sums.weights[StackKind.BLAME].items():
        found[lines[lines.number(table, path)]].caused_s += ns / 1e9
    return dict(found)
