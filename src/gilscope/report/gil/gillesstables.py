"""The tables of a run without a GIL: threads, locks, pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.report.gil.tables import CAUSED_CELLS, LONGEST_CELLS, TITLE, fill, other_line_columns
from gilscope.report.terminal.page import duration
from gilscope.report.terminal.table import Column
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.gillessrows import ContendedRow, GillessThread, StopRow, WithoutGil
    from gilscope.report.terminal.page import Page

MOST_THREADS = 8
MOST_ROWS = 5
LEAST_FRACTION = 0.01  # of all waiting for locks
LEAST_S = 0.001


def tables(page: Page, without: WithoutGil, *, everything: bool) -> list[list[Text]]:
    """Lay out what there is to show; with `everything`, all of it."""
    shown = []
    if without.threads:
        shown.append(_threads(page, without.threads, everything=everything))
    rows = without.contended
    if not everything:
        least_s = max(LEAST_S, LEAST_FRACTION * without.wait_s)
        rows = tuple(row for row in rows if not row.purpose and row.wait_s >= least_s)[:MOST_ROWS]
    if rows:
        shown.append(_contended(page, rows))
    stops = without.stops if everything else without.stops[:MOST_ROWS]
    if stops:
        shown.append(_stops(page, stops))
    return shown


def _threads(page: Page, threads: Sequence[GillessThread], *, everything: bool) -> list[Text]:
    ranked = sorted(threads, key=lambda row: -(row.cpu_s + row.wait_s + row.stopped_s))
    shown = ranked if everything else ranked[:MOST_THREADS]
    names = ["lived", "CPU", "locks", "idle", "stopped", "no core"]
    columns = [
        Column(at_most=page.share_of(24, 10), flexible=True),
        *(Column(name, 11, right=True) for name in names),
    ]
    cells = [
        [
            page.text(row.name or f"thread {row.thread}"),
            duration(row.lifetime_s),
            duration(row.cpu_s),
            duration(row.wait_s, "red"),
            duration(row.idle_s, "dim"),
            duration(row.stopped_s, "red"),
            Text("") if row.ready_s is None else duration(row.ready_s),
        ]
        for row in shown
    ]
    lines = fill(page, Text("threads", TITLE), columns, cells)
    if len(shown) < len(ranked):
        more = numbers.whole(len(ranked) - len(shown))
        lines.append(Text(f"and {more} more; --threads shows them all", "dim"))
    return lines


def _contended(page: Page, rows: Sequence[ContendedRow]) -> list[Text]:
    columns = [
        *other_line_columns(page, "let go at", Column("whose", 7)),
        Column("waited", 11, at_least=CAUSED_CELLS, right=True),
        Column("times", 7, right=True),
        Column("longest wait", 13, at_least=LONGEST_CELLS, right=True),
    ]
    cells = [
        [
            page.function(row.line),
            page.place(row.line),
            Text("idle" if row.purpose else row.kind.value, "dim" if row.purpose else ""),
            Text("unknown", "dim") if row.ended_at is None else page.place(row.ended_at),
            Text() if row.ended_at is None else page.source(row.ended_at),
            duration(row.wait_s, "bold"),
            Text(numbers.count(row.waits)),
            duration(row.longest_wait_s),
        ]
        for row in rows
    ]
    return fill(page, Text("waits for locks", TITLE), columns, cells)


def _stops(page: Page, rows: Sequence[StopRow]) -> list[Text]:
    columns = [
        *other_line_columns(page, "last to stop", Column("for", 9)),
        Column("reached in", 11, right=True),
        Column("paused", 11, at_least=CAUSED_CELLS, right=True),
        Column("times", 7, right=True),
        Column("longest", 13, at_least=LONGEST_CELLS, right=True),
    ]
    cells = [
        [
            page.function(row.line),
            page.place(row.line),
            Text("collector" if row.for_gc else "", "dim"),
            Text() if row.last is None else page.place(row.last),
            Text(),
            duration(row.reach_s),
            duration(row.pause_s, "bold"),
            Text(numbers.count(row.pauses)),
            duration(row.longest_s),
        ]
        for row in rows
    ]
    return fill(page, Text("pauses of all threads", TITLE), columns, cells)
