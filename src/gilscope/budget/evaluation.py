"""Judges a report by conditions: true, false, or not known, and by which figures."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.budget.causes import causes_of, place_of
from gilscope.budget.choosing import Chosen
from gilscope.budget.kinds import UNITS, Kind
from gilscope.budget.names import figures
from gilscope.budget.outcome import Doubt, Found, Judged, Outcome
from gilscope.budget.parsing import LEN
from gilscope.budget.scope import rows_list
from gilscope.budget.syntax import (
    OPPOSITES,
    Aggregate,
    And,
    Comparison,
    Figure,
    IsKnown,
    Not,
    Number,
    Or,
    Rows,
    Text,
    Truth,
    written,
)
from gilscope.budget.values import INFINITE, Report, Row, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from gilscope.budget.checking import Limit
    from gilscope.budget.outcome import Place, Plain
    from gilscope.budget.syntax import Condition, Operand

MOST_FOUND = 5
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class _Answer:
    """`truth` is None if it is not known, because of `doubts`; `found` says why it is so."""

    truth: bool | None
    found: tuple[Found, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def judge(
    limits: Sequence[Limit], json: Mapping[str, Any], *, is_damaged: bool = False
) -> tuple[Judged, ...]:
    """Ask each condition of a report, as `json` has it; `is_damaged`: a part of it was lost."""
    report = Report(json, is_damaged=is_damaged)
    return tuple(_judged(each, report, json) for each in limits)


def _judged(limit: Limit, report: Report, json: Mapping[str, Any]) -> Judged:
    answer = _asked(limit.condition, report, None)
    if answer.truth is None:
        return Judged(limit, Outcome.UNKNOWN, doubts=tuple(dict.fromkeys(answer.doubts)))
    if not answer.truth:
        return Judged(limit, Outcome.PASSED)
    found = tuple(dict.fromkeys(answer.found))
    shown = found[:MOST_FOUND]
    return Judged(
        limit,
        Outcome.EXCEEDED,
        found=shown,
        found_more=len(found) - len(shown),
        places=causes_of(found, json),
    )


# --- conditions ----------------------------------------------------------------------------------


def _asked(part: Condition, report: Report, row: Row | None) -> _Answer:
    match part:
        case Truth():
            return _Answer(part.value)
        case IsKnown():
            return _Answer(report.has(part.figure.name, row))
        case Figure():
            value = report.value(part.name, row)
            assert not isinstance(value.plain, str)
            found = Found(written(part), Kind.TRUTH, value.plain, "", None, place_of(row))
            return _Answer(value.plain, (found,), value.doubts)
        case Comparison():
            return _compared(part, report, row)
        case Not():
            return _negated(part.condition, report, row)
        case And():
            return _all(_asked(each, report, row) for each in part.parts)
        case Or():
            return _any(_asked(each, report, row) for each in part.parts)
        case Rows():
            rows = report.rows(rows_list(part))
            answers = (_asked_of_row(part, report, each) for each in rows)
            return _any(answers) if part.which == "any" else _all(answers)


def _asked_of_row(part: Rows, report: Report, row: Row) -> _Answer:
    """Rows that a list may lack, or not, decide nothing where they are there or not."""
    answer = _asked(part.condition, report, row)
    if row.doubt is None or answer.truth is not (part.which == "any"):
        return answer
    return _Answer(truth=None, doubts=(Doubt(rows_list(part), row.doubt),))


def _negated(part: Condition, report: Report, row: Row | None) -> _Answer:
    answer = _asked(part, report, row)
    found = tuple(_opposite(each) for each in answer.found)
    return _Answer(None if answer.truth is None else not answer.truth, found, answer.doubts)


def _opposite(found: Found) -> Found:
    sign = OPPOSITES.get(found.operator, "")
    return Found(found.figure, found.kind, found.value, sign, found.limit, found.place)


def _all(answers: Iterable[_Answer]) -> _Answer:
    """What makes it false if any is, else what makes it true or unknown."""
    every = list(answers)
    wrong = [each for each in every if each.truth is False]
    if wrong:
        return _Answer(truth=False, found=_founds(wrong))
    unknown = [each for each in every if each.truth is None]
    if unknown:
        return _Answer(None, doubts=_doubts(unknown))
    return _Answer(truth=True, found=_founds(every))


def _any(answers: Iterable[_Answer]) -> _Answer:
    every = list(answers)
    right = [each for each in every if each.truth]
    if right:
        return _Answer(truth=True, found=_founds(right))
    unknown = [each for each in every if each.truth is None]
    if unknown:
        return _Answer(None, doubts=_doubts(unknown))
    return _Answer(truth=False, found=_founds(every))


def _founds(answers: Iterable[_Answer]) -> tuple[Found, ...]:
    return tuple(found for each in answers for found in each.found)


def _doubts(answers: Iterable[_Answer]) -> tuple[Doubt, ...]:
    return tuple(doubt for each in answers for doubt in each.doubts)


# --- comparisons ---------------------------------------------------------------------------------


def _compared(part: Comparison, report: Report, row: Row | None) -> _Answer:
    left, left_place = _value(part.left, report, row)
    right, right_place = _value(part.right, report, row)
    truth = _compare(left, part.operator, right)
    doubts = (*left.doubts, *right.doubts)
    place = left_place or right_place or place_of(row)
    sign, one, other, value, limit = part.operator, part.left, part.right, left, right
    if isinstance(part.left, Number | Text | Truth):  # as people say it: the figure, then the limit
        sign = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(sign, sign)
        one, other, value, limit = other, one, limit, value
    found = Found(written(one), _kind(one), _plain(value), sign, _plain(limit), place)
    return _Answer(truth, (found,), doubts if truth is None else ())


def _compare(left: Value, sign: str, right: Value) -> bool | None:
    if left.plain is not None or right.plain is not None:
        if left.plain is None or right.plain is None:
            return None
        return (left.plain == right.plain) is (sign == "==")
    if sign in ("==", "!="):
        if left.high < right.low or left.low > right.high:
            return sign == "!="
        is_exact = left.low == left.high == right.low == right.high
        return (sign == "==") if is_exact else None
    # The same is true of all values that they may have, or it is not known.
    least, most = _ORDER[sign](left.low, right.high), _ORDER[sign](left.high, right.low)
    return least if least == most else None


def _plain(value: Value) -> Plain:
    if value.plain is not None or value.low == -INFINITE:
        return value.plain
    return value.low


def _kind(part: Operand) -> Kind:
    match part:
        case Figure():
            return figures()[part.name]
        case Aggregate():
            return Kind.NUMBER if part.which == LEN else figures()[part.figure.name]
        case Text():
            return Kind.TEXT
        case Truth():
            return Kind.TRUTH
        case Number():
            return UNITS[part.unit][0] if part.unit else Kind.NUMBER


def _value(part: Operand, report: Report, row: Row | None) -> tuple[Value, Place | None]:
    """A value, and where it was if it is that of one row."""
    match part:
        case Figure():
            return report.value(part.name, row), place_of(row)
        case Number():
            number = part.value * UNITS[part.unit][1] if part.unit else part.value
            return Value(number, number), None
        case Text() | Truth():
            return Value(plain=part.value), None
        case Aggregate():
            return _aggregated(part, report)


def _aggregated(part: Aggregate, report: Report) -> tuple[Value, Place | None]:
    rows = Chosen()
    for row in report.rows(rows_list(part)):
        where = _Answer(truth=True) if part.where is None else _asked(part.where, report, row)
        if where.truth is False:
            continue
        value = Value(1.0, 1.0) if part.which == LEN else report.value(part.figure.name, row)
        is_certain = where.truth is True and not row.is_rest
        rows.add(value, row, where.doubts, is_certain=is_certain)
    match part.which:
        case "max":
            return rows.largest()
        case "min":
            return rows.least(part.figure.name)
        case _:
            return rows.total(part.figure.name), None
