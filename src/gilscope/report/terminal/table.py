"""Rows of columns that share one right edge, whatever is in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """At most one column is flexible: it takes the width that the others leave."""

    heading: str = ""
    at_most: int = 12
    at_least: int = 0  # where there is anything in it
    right: bool = False
    flexible: bool = False
    keep_end: bool = False  # where there is no room for all, show the end


def measure(columns: Sequence[Column], rows: Sequence[Sequence[Text]], width: int) -> list[int]:
    """The width of each column; 0 for one that is not shown."""
    widths = []
    for index, column in enumerate(columns):
        cells = [row[index].cell_len for row in rows]
        least = max(cell_len(column.heading), column.at_least) if any(cells) else 0
        wanted = max([*cells, least], default=0)
        widths.append(0 if column.flexible else min(wanted, column.at_most))
    for index, column in enumerate(columns):
        if column.flexible:
            taken = sum(widths) + GAP * sum(1 for each in widths if each)
            widths[index] = max(0, width - taken)
    return widths


def line(cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int]) -> Text:
    fitted = [
        fit(cell, width, right=column.right, keep_end=column.keep_end)
        for cell, column, width in zip(cells, columns, widths, strict=True)
        if width
    ]
    return Text(" " * GAP).join(fitted)


def heading(title: Text, columns: Sequence[Column], widths: Sequence[int]) -> Text:
    """The title, over all columns before the first one that has a heading, and the headings."""
    split = next((i for i, column in enumerate(columns) if column.heading), len(columns))
    shown = [width for width in widths[:split] if width]
    title_width = sum(shown) + GAP * (len(shown) - 1)
    cells = [title, *(Text(column.heading, "dim") for column in columns[split:])]
    merged = [Column(), *columns[split:]]
    return line(cells, merged, [max(0, title_width), *widths[split:]])


def fit(text: Text, width: int, *, right: bool = False, keep_end: bool = False) -> Text:
    """Cut or pad to exactly `width` cells."""
    excess = text.cell_len - width
    if excess > 0:
        return _end_of(text, width) if keep_end else _start_of(text, width)
    fitted = text.copy()
    if right:
        fitted.pad_left(-excess)
    else:
        fitted.pad_right(-excess)
    return fitted


def _start_of(text: Text, width: int) -> Text:
    cut = text.copy()
    cut.truncate(max(width, 0), overflow="ellipsis", pad=True)
    return cut


def _end_of(text: Text, width: int) -> Text:
    reversed_start = set_cell_size(text.plain[::-1], max(width - 1, 0))
    return Text("…" + reversed_start[::-1] if width > 0 else "", text.style)


def wrap(text: Text, width: int, indent: Text, next_indent: Text) -> list[Text]:
    """Break between words, or inside one that is longer than a line."""
    room = max(1, width - max(indent.cell_len, next_indent.cell_len))
    lines: list[tuple[int, int]] = []  # start and end, in characters
    at = 0
    for word in text.plain.split(" "):
        for piece in chop_cells(word, room) or [""]:
            end = at + len(piece)
            if lines and cell_len(text.plain[lines[-1][0] : end]) <= room:
                lines[-1] = (lines[-1][0], end)
            else:
                lines.append((at, end))
            at = end
        at += 1
    return [
        Text.assemble(next_indent if number else indent, text[start:end])
        for number, (start, end) in enumerate(lines)
    ]
