"""The table of what would help, and the commands that would test it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.predict import Change
from gilscope.report.prediction.commands import command_for
from gilscope.report.terminal.table import Column, heading, line, measure, wrap
from gilscope.sources import Sources
from gilscope.words import numbers
from gilscope.words.places import Places

if TYPE_CHECKING:
    from gilscope.predict import Help, Prediction
    from gilscope.report.terminal.page import Page

MOST_ROWS = 8
MOST_COMMANDS = 2
COLUMNS = (
    Column("with the GIL, but", at_most=26),
    Column(at_most=34),
    Column("saves", right=True),
    Column("at least", right=True),
    Column("at most", right=True),
)
CHANGES = {
    Change.NO_TIME: "this takes no time",
    Change.HALF_TIME: "this takes half the time",
    Change.RELEASE_GIL: "this runs without the GIL",
    Change.NO_LOCK: "no waiting for this lock",
}


def table(page: Page, prediction: Prediction, most: int = MOST_ROWS) -> list[Text]:
    """The best changes, and how to test them; nothing where no change would help."""
    shown = prediction.what_helps[:most]
    if not shown:
        return []
    places = Places({each.line.file for each in shown if each.line is not None})
    rows = [_cells(page, places, each) for each in shown]
    widths = measure(COLUMNS, rows, page.width)
    lines = [heading(Text(), COLUMNS, widths), *(line(row, COLUMNS, widths) for row in rows)]
    return [*lines, *_commands(page, prediction, shown)]


def _cells(page: Page, places: Places, helps: Help) -> list[Text]:
    return [
        page.text(what(helps)),
        page.text(_where(helps, places), "cyan"),
        page.text(numbers.percent(helps.gain), "bold"),
        page.text(numbers.percent(helps.low)),
        page.text(numbers.percent(helps.high)),
    ]


def what(helps: Help) -> str:
    if helps.change is Change.SWITCH_INTERVAL:
        return f"switch interval of {numbers.seconds((helps.switch_interval_ns or 0) / 1e9)}"
    return CHANGES[helps.change]


def _where(helps: Help, places: Places) -> str:
    if helps.line is None:
        return ""
    if not helps.line.line and helps.line.file:
        return f"all of {helps.line.function}"
    return f"{helps.line.function} {places.of(helps.line)}" if helps.line.file else "?"


def _commands(page: Page, prediction: Prediction, shown: tuple[Help, ...]) -> list[Text]:
    sources = Sources(prediction.run.ended_unix_s)
    found = []
    for each in shown:
        command = command_for(each, prediction.run, sources)
        if command is not None and page.text(command).plain == command:
            found.append((what(each), command))
    lines = []
    for change, command in found[:MOST_COMMANDS]:
        lines += wrap(page.prose(f"To test “{change}”:"), page.width, Text("→ "), Text("  "))
        lines += wrap(page.text(command, "cyan"), page.width, Text("  "), Text("  "))
    return lines
