"""The largest, the least, the sum of the rows of a list, of which some may not be known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.budget.causes import place_of
from gilscope.budget.outcome import Doubt, Reason
from gilscope.budget.values import INFINITE, Row, Value

if TYPE_CHECKING:
    from gilscope.budget.outcome import Place


@dataclass(frozen=True, slots=True)
class _Entry:
    value: Value
    row: Row


class Chosen:
    """Rows that are asked for, and those of which that is not known."""

    def __init__(self) -> None:
        self._certain: list[_Entry] = []
        self._perhaps: list[_Entry] = []
        self._doubts: list[Doubt] = []

    def add(self, value: Value, row: Row, doubts: tuple[Doubt, ...], *, is_certain: bool) -> None:
        (self._certain if is_certain else self._perhaps).append(_Entry(value, row))
        self._doubts += [*doubts, *value.doubts]

    def largest(self) -> tuple[Value, Place | None]:
        """Of none, that is 0: there is no time that anything took."""
        every = [*self._certain, *self._perhaps]
        high = max((each.value.high for each in every), default=0.0)
        if not self._certain:
            return self._value(0.0, max(0.0, high)), None
        top = max(self._certain, key=lambda each: each.value.low)
        return self._value(top.value.low, high), place_of(top.row)

    def least(self, figure: str) -> tuple[Value, Place | None]:
        every = [*self._certain, *self._perhaps]
        if not every:
            self._doubts.append(Doubt(figure, Reason.NO_ROWS))
            return self._value(-INFINITE, INFINITE), None
        low = min(each.value.low for each in every)
        if not self._certain:
            return self._value(low, INFINITE), None
        top = min(self._certain, key=lambda each: each.value.high)
        return self._value(low, top.value.high), place_of(top.row)

    def total(self, figure: str) -> Value:
        low = sum(each.value.low for each in self._certain)
        high = sum(each.value.high for each in self._certain)
        low += sum(min(0.0, each.value.low) for each in self._perhaps)
        high += sum(
            INFINITE if each.row.is_rest else max(0.0, each.value.high) for each in self._perhaps
        )
        for each in self._perhaps:
            if each.row.doubt is not None:
                self._doubts.append(Doubt(figure, each.row.doubt))
        return self._value(low, high)

    def _value(self, low: float, high: float) -> Value:
        return Value(low, high, doubts=tuple(dict.fromkeys(self._doubts)))
