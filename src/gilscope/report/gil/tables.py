"""The tables of the report: threads, who made others wait, who waited, stalls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.analysis.model import LineSource, ThreadGroup
from gilscope.report.terminal import timeline
from gilscope.report.terminal.page import Page, duration, fraction_bar
from gilscope.report.terminal.table import Column, fit, heading, line, measure
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import (
        Analysis,
        BlameRow,
        Line,
        PairRow,
        StallRow,
        ThreadRow,
        VictimRow,
    )

TITLE = "bold"
OF_ALL_WAITING = Column("of all waiting", 14)
CAUSED_CELLS, LONGEST_CELLS = 7, 13  # columns that align across tables
GOLDEN_RATIO = 0.618


def threads(page: Page, analysis: Analysis, most: int | None) -> list[Text]:
    """A timeline for each thread, or for the `most` that had most to do with the GIL.

    Those are not the ones that waited longest: the one that made them wait has to be among them.
    Where there are more than that, threads that do the same have one together.
    """
    involved: list[ThreadRow | ThreadGroup] = [*analysis.threads]
    if most is not None and len(involved) > most + 1:
        grouped = {number for group in analysis.groups for number in group.threads}
        alone = [row for row in analysis.threads if row.thread not in grouped]
        involved = [*analysis.groups, *alone]
    involved.sort(key=lambda row: row.wait_s + row.hold_s, reverse=True)
    shown = involved if most is None or len(involved) <= most + 1 else involved[:most]
    shown = sorted(shown, key=lambda row: (row.wait_s, row.hold_s), reverse=True)
    columns = [
        Column(at_most=page.share_of(24, 14)),
        Column(flexible=True),
        *(Column(name, 11, right=True) for name in ("held", "waited", "p99", "longest")),
    ]
    rows = [_thread_row(page, row) for row in shown]
    widths = measure(columns, rows, page.width)
    lines = [_threads_heading(columns, widths, analysis.run.wall_s)]
    for number, (row, cells) in enumerate(zip(shown, rows, strict=True)):
        phase = (number * GOLDEN_RATIO) % 1.0 - 0.5
        cells[1] = timeline.row(row.timeline, widths[1], phase)
        lines.append(line(cells, columns, widths))
    left = Text(" " * (widths[0] + 2))
    if len(shown) < len(involved):
        left_out = numbers.whole(sum(map(_threads_in, involved)) - sum(map(_threads_in, shown)))
        text = f"and {left_out} more that held and waited less; --threads shows them all"
        lines.append(Text.assemble(left, (text, "dim")))
    lines.append(left + timeline.legend())
    return [fit(each, page.width) for each in lines]


def _threads_in(row: ThreadRow | ThreadGroup) -> int:
    return len(row.threads) if isinstance(row, ThreadGroup) else 1


def _name(page: Page, row: ThreadRow | ThreadGroup) -> Text:
    """The name; of a group how many there are, and what they run, if that is known."""
    if not isinstance(row, ThreadGroup):
        return page.text(row.name or f"thread {row.thread}")
    runs = row.task.function if row.task is not None else row.name
    return Text.assemble(numbers.whole(len(row.threads)), (" x ", "dim"), page.text(runs))


def _thread_row(page: Page, row: ThreadRow | ThreadGroup) -> list[Text]:
    return [
        _name(page, row),
        Text(),
        duration(row.hold_s),
        duration(row.wait_s, "red"),
        duration(row.wait_p99_s),
        duration(row.longest_wait_s),
    ]


def _threads_heading(columns: Sequence[Column], widths: Sequence[int], wall_s: float) -> Text:
    """The title, and a time axis over the timelines."""
    end = numbers.seconds(wall_s)
    gap = max(1, widths[1] - len("0 s") - len(end))
    axis = fit(Text(f"0 s{' ' * gap}{end}", "dim"), widths[1])
    cells = [Text("threads", TITLE), axis, *(Text(each.heading, "dim") for each in columns[2:])]
    return line(cells, columns, widths)


def thread_details(page: Page, rows: Sequence[ThreadRow]) -> list[Text]:
    """What the timelines have no room for."""
    names = ["tid", "lived", "CPU", "off GIL", "acquired", "blocked", "longest hold", "p50 wait"]
    knows_cores = any(row.ready_s is not None for row in rows)
    if knows_cores:
        names.insert(3, "no core")
    columns = [
        Column(at_most=page.share_of(24, 10), flexible=True),
        *(Column(name, 12, right=True) for name in names),
    ]
    cells = [
        [
            page.text(row.name or f"thread {row.thread}"),
            Text(str(row.tid), "dim"),
            duration(row.lifetime_s),
            duration(row.cpu_s),
            *([_known(row.ready_s)] if knows_cores else []),
            duration(row.off_gil_s),
            Text(numbers.count(row.acquires)),
            Text(numbers.count(row.contended_acquires)),
            duration(row.longest_hold_s),
            duration(row.wait_p50_s),
        ]
        for row in rows
    ]
    return fill(page, Text("threads in numbers", TITLE), columns, cells)


def _known(seconds: float | None) -> Text:
    return Text("?", "dim") if seconds is None else duration(seconds)


def blame(page: Page, rows: Sequence[BlameRow]) -> list[Text]:
    columns = [
        *line_columns(page),
        Column("caused", 11, at_least=CAUSED_CELLS, right=True),
        OF_ALL_WAITING,
        Column("longest stall", 13, at_least=LONGEST_CELLS, right=True),
    ]
    kinds = {row.line_source for row in rows}
    cells = [
        [
            *_blamed_cells(page, row, mixed=len(kinds) > 1),
            duration(row.caused_wait_s, "bold red"),
            fraction_bar(row.fraction),
            duration(row.longest_stall_s) if row.longest_stall_s > 0 else Text(),
        ]
        for row in rows
    ]
    title = Text("who made others wait", TITLE)
    note = "lines sampled" if LineSource.SAMPLED in kinds else "lines at release"
    title.append(f"  {note}", "not bold dim")
    return fill(page, title, columns, cells)


def _blamed_cells(page: Page, row: BlameRow, *, mixed: bool) -> list[Text]:
    function, place, source = line_cells(page, row.line, row.inside)
    if mixed and row.line_source is LineSource.RELEASE:
        source = Text.assemble(("at release  ", "dim"), source)
    return [function, place, source]


def victims(page: Page, rows: Sequence[VictimRow]) -> list[Text]:
    columns = [
        *line_columns(page),
        Column("waited", 11, at_least=CAUSED_CELLS, right=True),
        OF_ALL_WAITING,
        Column("longest wait", 13, at_least=LONGEST_CELLS, right=True),
    ]
    cells = [
        [
            *line_cells(page, row.line, row.inside),
            duration(row.wait_s, "bold"),
            fraction_bar(row.fraction),
            duration(row.longest_wait_s),
        ]
        for row in rows
    ]
    return fill(page, Text("who waited", TITLE), columns, cells)


def pairs(page: Page, rows: Sequence[PairRow]) -> list[Text]:
    columns = [
        Column(at_most=page.share_of(30, 22), keep_end=True),
        Column(at_most=page.share_of(30, 18)),
        Column(flexible=True),
        Column("cost", 11, right=True),
    ]
    cells = [
        [
            page.place(row.culprit_line),
            page.text(row.culprit),
            Text("→ ") + page.text(row.victim),
            duration(row.wait_s, "bold"),
        ]
        for row in rows
    ]
    return fill(page, Text("who cost whom", TITLE), columns, cells)


def stalls(page: Page, rows: Sequence[StallRow], total: int) -> list[Text]:
    columns = [
        Column(at_most=14, right=True),
        Column(at_most=page.share_of(20, 12)),
        Column(at_most=page.share_of(26, 16), keep_end=True),
        Column(flexible=True),
        Column("waiting", 7, right=True),
        Column("held", 11, right=True),
        Column("too long by", 11, right=True),
    ]
    cells = [
        [
            Text(f"at {numbers.seconds(row.start_s)}", "dim"),
            page.text(row.thread),
            page.place(row.line),
            page.source(row.line, row.inside),
            Text(numbers.count(row.waiters)),
            duration(row.hold_s),
            duration(row.stall_s, "bold red"),
        ]
        for row in rows
    ]
    title = Text("stalls", TITLE)
    of_all = numbers.whole(total)
    if total > len(rows):
        of_all = f"the longest {len(rows)} of {of_all}"
    title.append(f"  {of_all}; the GIL was asked for, and not let go", "not bold dim")
    return fill(page, title, columns, cells)


def line_columns(page: Page) -> list[Column]:
    return [
        Column(at_most=page.share_of(22, 14)),
        Column(at_most=page.share_of(26, 16), keep_end=True),
        Column(flexible=True),
    ]


def other_line_columns(page: Page, name: str, *between: Column) -> list[Column]:
    """A line as in `line_columns`, and then the place and the source of another one."""
    return [
        Column(at_most=page.share_of(22, 14)),
        Column(at_most=page.share_of(22, 14), keep_end=True),
        *between,
        Column(name, at_most=page.share_of(22, 16), keep_end=True),
        Column(flexible=True),
    ]


def line_cells(page: Page, where: Line, inside: Line | None) -> list[Text]:
    return [page.function(where), page.place(where), page.source(where, inside)]


def fill(
    page: Page, title: Text, columns: Sequence[Column], cells: Sequence[Sequence[Text]]
) -> list[Text]:
    widths = measure(columns, cells, page.width)
    lines = [heading(title, columns, widths)]
    lines += [line(row, columns, widths) for row in cells]
    return [fit(each, page.width) for each in lines]
