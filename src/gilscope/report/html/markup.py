"""Writes HTML: every text goes through `text`, so that what a program chose stays a text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

from gilscope.report.html.room import room
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# What has been escaped. Only this module makes it from a str.
Markup = NewType("Markup", str)
NOTHING = Markup("")
_CODE = re.compile("`([^`]*)`")


def text(content: str, most_characters: int | None = None) -> Markup:
    """Escape a text; what cannot be seen in it, such as control characters, is spelled out.

    It is cut where the page has no room for more, or after `most_characters`.
    """
    most = room().characters if most_characters is None else most_characters
    return Markup(html.escape(clean(content, most_characters=most)))


def lines(content: str) -> Markup:
    """Escape a text of several lines, which stay lines."""
    return Markup("\n".join(text(each) for each in content.split("\n")))


def join(parts: Iterable[Markup], between: str = "") -> Markup:
    return Markup(between.join(parts))


def element(name: str, *content: Markup, **attributes: str | float | bool | None) -> Markup:
    """Make `<name …>content</name>`; `class_` is `class`, `data_place` is `data-place`.

    An attribute that is None or False is left out, one that is True has no value.
    """
    written = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        named = key.rstrip("_").replace("_", "-")
        written.append(named if value is True else f'{named}="{text(str(value))}"')
    opening = " ".join([name, *written])
    return Markup(f"<{opening}>{''.join(content)}</{name}>")


def prose(content: str, code: Callable[[str], Markup] | None = None) -> Markup:
    """Write a sentence; what stands between backticks in it is code."""
    make = code or (lambda each: element("code", text(each)))
    # Cleaned as a whole, as on a terminal: a text is cut at its end only.
    parts = _CODE.split(clean(content, most_characters=NAMES_IN_PROSE * room().characters))
    return join(
        make(part) if number % 2 else Markup(html.escape(part)) for number, part in enumerate(parts)
    )


NAMES_IN_PROSE = 10  # a sentence may be as long as so many names


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. `sort` is the number behind it: rows can be sorted by that."""

    content: Markup
    is_number: bool = False
    sort: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`numbers`: which of the columns are; the first cell of each row names it.

    A table whose caption is not the only one of its kind on a page is no landmark of it: a "group".
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    role: str = "region"

    def markup(self) -> Markup:
        is_number = [each.is_number for each in self.rows[0]] if self.rows else []
        heads = [
            element("th", text(name), scope="col", class_="number" if number else None)
            for name, number in zip(self.columns, is_number, strict=False)
        ]
        body = [element("tr", *map(_cell, range(len(row)), row)) for row in self.rows]
        table = element(
            "table",
            element("caption", text(self.caption), class_="unseen"),
            element("thead", element("tr", *heads)),
            element("tbody", *body),
        )
        return element(
            "div", table, class_="scroll", tabindex="0", role=self.role, aria_label=self.caption
        )


def _cell(position: int, cell: Cell) -> Markup:
    kind = "number" if cell.is_number else None
    if position == 0 and cell.content:
        return element("th", cell.content, scope="row", class_=kind)
    return element("td", cell.content, class_=kind, data_sort=_sortable(cell.sort))


def _sortable(value: float | None) -> str | None:
    return None if value is None else f"{value:.9g}"


def section(name: str, title: str, *content: Markup, class_: str | None = None) -> Markup:
    """Make a part of the page with a heading; nothing if it has no content."""
    if not any(content):
        return NOTHING
    return element("section", element("h2", text(title)), *content, id=name, class_=class_)
