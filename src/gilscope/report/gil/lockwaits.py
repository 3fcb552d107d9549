"""The table of who waited for locks, and what those did meanwhile who had them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.report.gil.tables import CAUSED_CELLS, LONGEST_CELLS, TITLE, fill, other_line_columns
from gilscope.report.terminal.page import duration
from gilscope.report.terminal.table import Column
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import Analysis, LockRow, OpenLockRow
    from gilscope.report.terminal.page import Page

MOST_ROWS = 5
LEAST_SHARE = 0.05  # of the run, in thread-seconds: less would not be noticed
LEAST_FRACTION = 0.01  # of all such waiting


def worth_showing(analysis: Analysis, *, everything: bool) -> tuple[LockRow, ...]:
    """Return the rows for the screen: waiting that costs; with `everything`, all of it."""
    if everything:
        return analysis.locks
    costly = [row for row in analysis.locks if not row.purpose]
    total_s = sum(row.wait_s for row in costly)
    if total_s < LEAST_SHARE * analysis.run.rows_s:
        return ()
    return tuple(row for row in costly if row.wait_s >= LEAST_FRACTION * total_s)[:MOST_ROWS]


def table(page: Page, rows: Sequence[LockRow]) -> list[Text]:
    """Lay out a row for each pair of lines: who waited, and where the lock's owner was."""
    columns = [
        *other_line_columns(page, "its owner was at"),
        Column("waited", 11, at_least=CAUSED_CELLS, right=True),
        Column("times", 7, right=True),
        Column("longest wait", 13, at_least=LONGEST_CELLS, right=True),
    ]
    return fill(page, Text("waits for locks", TITLE), columns, [_cells(page, r) for r in rows])


def _cells(page: Page, row: LockRow) -> list[Text]:
    owner = Text("unknown", "dim") if row.owner is None else page.place(row.owner)
    source = Text() if row.owner is None else page.source(row.owner)
    if row.purpose:
        source = Text("idle", "dim")
    return [
        page.function(row.waiter),
        page.place(row.waiter),
        owner,
        source,
        duration(row.wait_s, "bold"),
        Text(numbers.count(row.waits)),
        duration(row.longest_wait_s),
    ]


def open_line(page: Page, row: OpenLockRow) -> Text:
    """Say where a thread waited when the recording ended."""
    text = page.text(row.thread, "bold")
    text.truncate(page.width // 3, overflow="ellipsis")
    text.append(" had waited for a lock for ", "not bold")
    text.append(numbers.seconds(row.since_s)).append(" at ", "not bold")
    text.append_text(page.place(row.line))
    if row.owner is not None:
        text.append(", which ", "not bold").append_text(page.text(row.owner))
        text.append(" had", "not bold")
    return text
