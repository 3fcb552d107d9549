"""The table of what threads did without the GIL, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.report.gil.tables import TITLE, fill, line_cells, line_columns
from gilscope.report.terminal.page import duration
from gilscope.report.terminal.table import Column
from gilscope.words import numbers

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis
    from gilscope.report.terminal.page import Page

MOST_ROWS = 40  # of all threads together


def table(page: Page, analysis: Analysis) -> list[Text]:
    columns = [
        Column(at_most=page.share_of(18, 12)),
        *line_columns(page),
        Column("", 9),
        Column("off GIL", 11, right=True),
        Column("times", 7, right=True),
        Column("longest", 11, right=True),
    ]
    found = [(thread, row) for thread in analysis.threads for row in thread.blocked]
    found.sort(key=lambda each: -each[1].off_s)
    cells = [
        [
            page.text(thread.name or f"thread {thread.thread}"),
            *line_cells(page, row.line, row.inside),
            Text(row.kind.value, "dim"),
            duration(row.off_s, "bold"),
            Text(numbers.count(row.times)),
            duration(row.longest_s) if row.longest_s > 0 else Text(),
        ]
        for thread, row in found[:MOST_ROWS]
    ]
    return fill(page, Text("without the GIL", TITLE), columns, cells)
