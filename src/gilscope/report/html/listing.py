"""Tables of the first rows of something, and the cells that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gilscope.report.html.markup import NOTHING, Cell, Markup, Table, element, join, section, text
from gilscope.report.html.naming import fraction, seconds
from gilscope.report.html.room import room
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = TypeVar("Row")


def number(value_s: float | None) -> Cell:
    return Cell(seconds(value_s), is_number=True, sort=value_s)


def count(value: int) -> Cell:
    return Cell(text(numbers.count(value)), is_number=True, sort=value)


def share(value: float) -> Cell:
    return Cell(fraction(value), is_number=True, sort=value)


def filled(
    name: str,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    of: int | None = None,
) -> Markup:
    """A section with a table; nothing if that has no rows. `of`: how many rows there would be."""
    return section(name, title, listing(title, columns, rows, of)) if rows else NOTHING


def first(rows: Sequence[Row]) -> Sequence[Row]:
    """Return those of which a page has a table: of thousands, most need no cells."""
    return rows[: room().rows]


def listing(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], of: int | None = None
) -> Markup:
    """A table of the first rows, which says how many more there are; `of`: as for `filled`."""
    if not rows:
        return NOTHING
    shown = first(rows)
    table = Table(caption, columns, shown).markup()
    left = (len(rows) if of is None else of) - len(shown)
    more = f"and {numbers.counted(left, 'more row')} in this order: --json has them all"
    return join([table, element("p", text(more), class_="more") if left > 0 else NOTHING])
