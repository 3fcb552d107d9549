"""The parts of a condition, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

OPERATORS = ("<=", ">=", "==", "!=", "<", ">")
OPPOSITES = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
CONDITIONS = ("any", "all")  # of the rows of a list: true or false
AGGREGATES = ("max", "min", "sum")  # of one figure of the rows of a list
WORDS = ("and", "or", "not", "true", "false")

# `at` is where a part begins in the text that it was read from, from 0 on.


@dataclass(frozen=True, slots=True)
class Number:
    """A limit as it was written: `10` and `%`."""

    value: float
    unit: str = ""
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """`name` is that of the report's page, `threads[].wait_s`; or as it was written, if unknown."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Rows:
    """`any` or `all`, of a condition; of rows of the innermost list that it names."""

    which: str
    condition: Condition
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`max`, `min` or `sum` of a figure, or `len` of a list; of the rows that `where` holds for."""

    which: str
    figure: Figure
    where: Condition | None = None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class IsKnown:
    figure: Figure
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Operand
    operator: str
    right: Operand
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Condition, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Condition, ...]
    at: int = field(default=0, compare=False)


Operand: TypeAlias = Number | Text | Truth | Figure | Aggregate
Condition: TypeAlias = Comparison | Figure | Truth | Rows | IsKnown | Not | And | Or
Part: TypeAlias = Operand | Condition

_STRENGTH = {Or: 0, And: 1, Not: 2}  # what is weaker stands in parentheses inside what is stronger


def written(part: Part) -> str:
    """Write it so that reading gives the same part again."""
    match part:
        case Number():
            return f"{_digits(part.value)}{part.unit}"
        case Text():
            escaped = part.value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case Truth():
            return "true" if part.value else "false"
        case Figure():
            return part.name.replace("[]", "")
        case Rows():
            return f"{part.which}({written(part.condition)})"
        case Aggregate():
            where = f", {written(part.where)}" if part.where is not None else ""
            return f"{part.which}({written(part.figure)}{where})"
        case IsKnown():
            return f"known({written(part.figure)})"
        case _:
            return _joined(part)


def _joined(part: Comparison | Not | And | Or) -> str:
    match part:
        case Comparison():
            return f"{written(part.left)} {part.operator} {written(part.right)}"
        case Not():
            return f"not {_inside(part.condition, part)}"
        case And():
            return " and ".join(_inside(each, part) for each in part.parts)
        case Or():
            return " or ".join(_inside(each, part) for each in part.parts)


def _inside(part: Condition, outer: Not | And | Or) -> str:
    text = written(part)
    strength, needed = _STRENGTH.get(type(part), 3), _STRENGTH[type(outer)]
    is_weak = strength <= needed if not isinstance(outer, Not) else strength < needed
    return f"({text})" if is_weak else text


def _digits(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
