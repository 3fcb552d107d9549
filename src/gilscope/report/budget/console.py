"""A budget on the screen: below the report, or alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.text import Text

from gilscope.budget.outcome import Outcome
from gilscope.report.budget import sentences
from gilscope.report.terminal import display
from gilscope.report.terminal.page import Page
from gilscope.report.terminal.table import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.budget.outcome import Judged

COLOURS = {Outcome.EXCEEDED: "red", Outcome.UNKNOWN: "yellow", Outcome.PASSED: "green"}


def lines_of(page: Page, judged: Sequence[Judged], *, beside_window: bool = False) -> list[Text]:
    """One paragraph for each condition, its reasons indented.

    `beside_window`: the rest of the report is about a window of the run.
    """
    lines = []
    for each in judged:
        bar = Text("▌ ", COLOURS[each.outcome])
        style = "" if each.outcome is Outcome.PASSED else "bold"
        lines += wrap(page.prose(sentences.heading(each), style), page.width, bar, bar)
        first, following = Text.assemble(bar, "  "), Text.assemble(bar, "    ")
        for detail in sentences.details(each):
            lines += wrap(page.prose(detail), page.width, first, following)
    if judged and beside_window:
        lines.append(page.text(sentences.OF_WHOLE_RUN, "dim"))
    return lines


def print_budget(judged: Sequence[Judged], stream: TextIO) -> None:
    """Show what came of a budget, as wide as the stream is."""
    page = Page(display.width_of(stream), display.encoding_of(stream), None)
    display.write(lines_of(page, judged), stream, colour=display.wants_colour(stream))
