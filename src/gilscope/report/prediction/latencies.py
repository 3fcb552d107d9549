"""How long the calls of a function take: a sentence, and a row for each number of cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.predict import Scenario
from gilscope.report.terminal.table import Column, heading, line, measure, wrap
from gilscope.words import numbers

if TYPE_CHECKING:
    from gilscope.predict import LatencyRow, Recurring
    from gilscope.report.terminal.page import Page

COLUMNS = (
    Column(at_most=20),
    Column("cores", at_most=15, right=True),
    Column("half within", right=True),
    Column("99 of 100 within", at_most=16, right=True),
)
NOTE = (
    "A call lasts from when its thread went on until it was seen elsewhere. Calls that follow each"
    " other without a pause may count as one, what nobody saw is not counted, and time in a queue"
    " before a call is not in it."
)


def table(page: Page, recurring: Recurring) -> list[Text]:
    """A sentence, and a table."""
    rows = [_recorded(page, recurring)] + [_cells(page, each) for each in recurring.rows]
    widths = measure(COLUMNS, rows, page.width)
    told = wrap(page.prose(sentence(recurring), "bold"), page.width, Text(), Text())
    shown = [line(cells, COLUMNS, widths) for cells in rows]
    note = wrap(page.prose(NOTE, "dim"), page.width, Text(), Text())
    return [*told, Text(), heading(Text(), COLUMNS, widths), *shown, Text(), *note]


def sentence(recurring: Recurring) -> str:
    """Say what a call takes, and would take without the GIL and with a core for each thread."""
    free = recurring.rows[-1].latency
    took = numbers.seconds(recurring.p50_ns / 1e9), numbers.seconds(recurring.p99_ns / 1e9)
    would = [
        f"{numbers.seconds(each / 1e9)} ({numbers.seconds(low / 1e9)} to"
        f" {numbers.seconds(high / 1e9)})"
        for each, low, high in (
            (free.p50_ns, free.p50_low_ns, free.p50_high_ns),
            (free.p99_ns, free.p99_low_ns, free.p99_high_ns),
        )
    ]
    return (
        f"Half of {numbers.counted(recurring.calls, 'call')} of {recurring.function} took up to"
        f" {took[0]}, and 99 of 100 up to {took[1]}. Without the GIL, and with a core for each"
        f" thread, that would be {would[0]} and {would[1]}."
    )


def _recorded(page: Page, recurring: Recurring) -> list[Text]:
    figures = (recurring.p50_ns, recurring.p99_ns)
    return [page.text("as recorded"), Text(), *_seconds(page, figures)]


def _cells(page: Page, row: LatencyRow) -> list[Text]:
    figures = _seconds(page, (row.latency.p50_ns, row.latency.p99_ns))
    if row.scenario is Scenario.GIL:
        return [page.text("with the GIL"), Text(), *figures]
    cores = "one per thread" if row.cores is None else numbers.whole(row.cores)
    return [page.text("without it"), page.text(cores), *figures]


def _seconds(page: Page, values_ns: tuple[int, int]) -> list[Text]:
    return [page.text(numbers.seconds(each / 1e9)) for each in values_ns]
