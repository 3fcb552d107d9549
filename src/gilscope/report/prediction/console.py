"""A prediction on one screen: the sentence, and a row for each number of cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.predict import Scenario
from gilscope.report.prediction import helping, latencies, sentences
from gilscope.report.terminal import display
from gilscope.report.terminal.page import Page
from gilscope.report.terminal.table import Column, fit, heading, line, measure, wrap
from gilscope.words import numbers

if TYPE_CHECKING:
    from typing import TextIO

    from gilscope.predict import Pool, Prediction, Recurring, Row

COLUMNS = (
    Column(at_most=20),
    Column("cores", at_most=15, right=True),
    Column("at least", right=True),
    Column("replayed", right=True),
    Column("saves at most", at_most=13, right=True),
)
NOTES = (
    (
        "At least: threads wait for starts and ends of others only, those of a kind share their"
        " work, and nobody is blocked while another thread has the GIL."
    ),
    (
        "Replayed: each does what it did, and waits for whom it waited; tasks of a pool go to who"
        " is free. It may be slower, up to as long as with the GIL: then, a thread may find done"
        " what it would have to wait for without it, and no trace shows that."
    ),
    (
        "Not in it: a loop that was told to stop, unless its source shows that, would have been"
        " told sooner; and races that the GIL hides, which gilscope explore finds."
    ),
)


def print_prediction(
    prediction: Prediction,
    name: str,
    stream: TextIO,
    pool: Pool | None = None,
    recurring: Recurring | None = None,
) -> None:
    width, encoding = display.width_of(stream), display.encoding_of(stream)
    lines = render(prediction, name, width, encoding, pool, recurring)
    display.write(lines, stream, colour=display.wants_colour(stream))


def render(
    prediction: Prediction,
    name: str,
    width: int,
    encoding: str = "utf-8",
    pool: Pool | None = None,
    recurring: Recurring | None = None,
) -> list[Text]:
    """Lines of at most `width` cells."""
    page = Page(width, encoding, None)
    header = page.text(name, "bold")
    for fact in (
        f"pid {prediction.pid}",
        numbers.counted(prediction.threads, "thread"),
        numbers.counted(prediction.cores, "core"),
    ):
        header.append(" · ", "dim").append_text(page.text(fact))
    lines = [fit(header, width), Text()]
    if prediction.withheld is not None:
        bar = Text("▌ ", "yellow")
        text = f"Nothing is predicted. {sentences.withheld(prediction)}"
        return lines + wrap(page.prose(text, "bold"), width, bar, bar)
    bar = Text("▌ ", "green")
    lines += wrap(page.prose(sentences.outcome(prediction), "bold"), width, bar, bar)
    lines += [Text(), *_table(page, prediction), Text()]
    lines += [*latencies.table(page, recurring), Text()] if recurring is not None else []
    helps = helping.table(page, prediction)
    lines += [*helps, Text()] if helps else []
    if pool is not None:
        lines += [*wrap(page.prose(sentences.of_pool(pool), "bold"), width, bar, bar), Text()]
    for note in (sentences.error_of(prediction), sentences.price_of(prediction), *NOTES):
        lines += wrap(page.prose(note, "dim"), width, Text(), Text())
    return lines


def _table(page: Page, prediction: Prediction) -> list[Text]:
    rows = [_cells(page, each, prediction) for each in prediction.rows]
    widths = measure(COLUMNS, rows, page.width)
    shown = [line(cells, COLUMNS, widths) for cells in rows]
    return [heading(Text(), COLUMNS, widths), *shown]


def _cells(page: Page, row: Row, prediction: Prediction) -> list[Text]:
    if row.scenario is Scenario.GIL:
        took = numbers.seconds(row.wall_ns / 1e9)
        return [page.text("with the GIL"), Text(), Text(), page.text(took), Text()]
    cores = "one per thread" if row.cores is None else numbers.whole(row.cores)
    return [
        page.text("without it"),
        page.text(cores),
        *(page.text(numbers.seconds(each / 1e9)) for each in (row.low_ns, row.wall_ns)),
        page.text(numbers.percent(row.most_gain_of(prediction.recorded_ns))),
    ]
