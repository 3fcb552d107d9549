"""Which rows a condition is about: those of the innermost list that one of its figures is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.budget.names import list_of
from gilscope.budget.syntax import (
    Aggregate,
    And,
    Comparison,
    Figure,
    IsKnown,
    Not,
    Or,
    Rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.budget.syntax import Part


def own_figures(part: Part) -> Iterator[Figure]:
    """Yield the figures in a part, but for those inside `any`, `max` and the like."""
    match part:
        case Figure():
            yield part
        case IsKnown():
            yield part.figure
        case Comparison():
            yield from own_figures(part.left)
            yield from own_figures(part.right)
        case Not():
            yield from own_figures(part.condition)
        case And() | Or():
            for each in part.parts:
                yield from own_figures(each)


def calls(part: Part) -> Iterator[Rows | Aggregate]:
    """Yield what asks for rows, outermost only."""
    match part:
        case Rows() | Aggregate():
            yield part
        case Comparison():
            yield from calls(part.left)
            yield from calls(part.right)
        case Not():
            yield from calls(part.condition)
        case And() | Or():
            for each in part.parts:
                yield from calls(each)


def rows_list(call: Rows | Aggregate) -> str:
    """Return the list whose rows it goes through."""
    if isinstance(call, Rows):
        found = [list_of(each.name) for each in own_figures(call.condition)]
    else:
        where = () if call.where is None else own_figures(call.where)
        found = [list_of(call.figure.name), *(list_of(each.name) for each in where)]
    return max(found, key=len, default="")


def is_within(one: str, other: str) -> bool:
    """Whether a list is another one, or a list around it; "" is around all."""
    return one in ("", other) or other.startswith(f"{one}.")
