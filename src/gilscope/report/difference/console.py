"""What got better and worse, on one screen."""

from __future__ import annotations

import itertools
from statistics import median
from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.analysis.difference import Basis, Outcome
from gilscope.analysis.figures import FigureKind
from gilscope.report.difference import sentences
from gilscope.report.terminal import display
from gilscope.report.terminal.page import Page
from gilscope.report.terminal.table import Column, fit, heading, line, measure, wrap
from gilscope.words import numbers
from gilscope.words.places import short_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from gilscope.analysis.difference import Change, Difference

MOST_ROWS = 6  # of each kind but the first
WIDE = 110  # from here on there is room for how far the runs of a side differ
STYLES = {Outcome.BETTER: "green", Outcome.WORSE: "red"}


def print_difference(
    difference: Difference, before: Sequence[str], now: Sequence[str], stream: TextIO
) -> None:
    lines = render(difference, before, now, display.width_of(stream), display.encoding_of(stream))
    display.write(lines, stream, colour=display.wants_colour(stream))


def render(
    difference: Difference,
    before: Sequence[str],
    now: Sequence[str],
    width: int,
    encoding: str = "utf-8",
) -> list[Text]:
    """Lines of at most `width` cells; `before` and `now` are the names of files."""
    page = Page(width, encoding, None)
    bar = Text("▌ ", _style(difference))
    told = page.prose(sentences.summary(difference), "bold")
    blocks = [
        _header(page, before, now),
        wrap(told, page.width, bar, bar),
        *(_table(page, difference, kind) for kind in FigureKind),
        _notes(page, difference),
    ]
    lines = itertools.chain.from_iterable([*block, Text()] for block in blocks if block)
    return list(lines)[:-1]


def _style(difference: Difference) -> str:
    """Red where anything is worse, green where something is better, yellow where nobody knows."""
    outcomes = {each.outcome for each in difference.changes}
    found = (STYLES[each] for each in (Outcome.WORSE, Outcome.BETTER) if each in outcomes)
    return next(found, "yellow")


def _header(page: Page, before: Sequence[str], now: Sequence[str]) -> list[Text]:
    return [
        fit(Text.assemble((label, "bold"), page.text(_files(files))), page.width)
        for label, files in (("before  ", before), ("now     ", now))
    ]


def _files(files: Sequence[str]) -> str:
    if len(files) == 1:
        return files[0]
    return f"{files[0]} … {files[-1]}, {numbers.counted(len(files), 'run')}"


def _table(page: Page, difference: Difference, kind: FigureKind) -> list[Text]:
    every = difference.of(kind)
    shown = every if kind is FigureKind.RUN else every[:MOST_ROWS]
    if not shown:
        return []
    each = ", a second" if difference.basis is Basis.SECOND else ""
    columns = [
        Column(flexible=True),
        Column(f"before{each}", 26, right=True),
        Column(f"now{each}", 26, right=True),
        Column("difference", 12, right=True),
        Column("", 26),
    ]
    cells = [_cells(page, change) for change in shown]
    widths = measure(columns, cells, page.width)
    lines = [heading(Text(sentences.TITLES[kind], "bold"), columns, widths)]
    lines += [line(row, columns, widths) for row in cells]
    if len(shown) < len(every):
        rest = len(every) - len(shown)
        lines.append(Text(f"and {numbers.whole(rest)} that differ less; --json has all", "dim"))
    return lines


def _cells(page: Page, change: Change) -> list[Text]:
    style = STYLES.get(change.outcome, "")
    return [
        _name(page, change),
        _values(page, change.before),
        _values(page, change.now),
        Text(_signed(change.difference), style),
        Text(sentences.OUTCOMES[change.outcome], style or "dim"),
    ]


def _name(page: Page, change: Change) -> Text:
    subject = change.subject
    if subject.kind is FigureKind.RUN:
        return Text(sentences.RUN_NAMES[subject.name])
    name = page.text(subject.name or "(no Python code)", "bold" if subject.file else "")
    if subject.file:
        name.append(" ").append_text(page.text(short_path(subject.file), "cyan"))
    return name


def _values(page: Page, values: Sequence[float]) -> Text:
    """The median, and the least and the most."""
    text = Text(numbers.seconds(median(values)))
    low, high = numbers.seconds(min(values)), numbers.seconds(max(values))
    if low != high and page.width >= WIDE:
        text.append(f" ({low} to {high})", "dim")
    return text


def _signed(value_s: float) -> str:
    return f"+{numbers.seconds(value_s)}" if value_s > 0 else numbers.seconds(value_s)


def _notes(page: Page, difference: Difference) -> list[Text]:
    mark, indent = Text("! ", "yellow"), Text("  ")
    return [
        each
        for note in sentences.notes(difference)
        for each in wrap(page.prose(note), page.width, mark, indent)
    ]
