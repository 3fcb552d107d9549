"""A comparison on one screen: a row per strategy, a bar for its speed, and what to do."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TextIO

from rich.text import Text

from gilscope.compare.break_even import LEAST_GAIN
from gilscope.compare.decision import Gain, judge
from gilscope.compare.model import SERIAL, DecisionKind, Outcome
from gilscope.compare.notes import shortest_task_s
from gilscope.report.comparison import sentences
from gilscope.report.terminal import display
from gilscope.report.terminal.page import Page
from gilscope.report.terminal.table import Column, fit, heading, line, measure, wrap
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.compare.estimates import Estimate
    from gilscope.compare.model import Comparison, Row
    from gilscope.compare.regression import Change

COLUMNS = (
    Column(at_most=30, at_least=len("strategy")),
    Column("workers", right=True),
    Column("per batch", at_most=18, right=True),
    Column("serial = 1", flexible=True),
    Column("start-up", right=True),
    Column("memory", right=True),
    Column("pays from", right=True),
)
CHANGES = (
    Column(at_most=30, at_least=len("strategy")),
    Column("workers", right=True),
    Column("before", right=True),
    Column("now", right=True),
    Column("", flexible=True),
)
SPEED = 3  # the column that takes what room there is
DETAILS = (4, 5)  # what a narrow screen does without; --json has it
NARROW = 110
FIGURES_CELLS = 22  # what stands beside the bar: the ratio and its interval
MOST_BAR_CELLS = 20
NEVER, UNKNOWN = "-", "?"  # of "pays from"
CONFIDENT = "Medians and 95 % intervals."
NOT_CONFIDENT = "Medians and extremes: too few rounds for intervals."
PAYS_FROM = (
    "Pays from: the shortest task with which it beats serial, once it has started; - means never,"
    " ? not known."
)
MEMORY = "Memory: the most that all its processes had together."
OTHER_PYTHON = (
    "Serial in another Python is compared with serial in {python}, everything else with serial in"
    " the same Python."
)
STYLES = {
    DecisionKind.FASTER: "green",
    DecisionKind.SERIAL: "green",
    DecisionKind.UNKNOWN: "yellow",
    DecisionKind.NOTHING: "yellow",
}
FAILED = {
    Outcome.MISSING: "not available",
    Outcome.MISMATCH: "wrong results",
    Outcome.RAISED: "failed",
    Outcome.CRASHED: "crashed",
    Outcome.TIMEOUT: "no answer",
}


def print_comparison(comparison: Comparison, stream: TextIO) -> None:
    lines = render(comparison, display.width_of(stream), display.encoding_of(stream))
    display.write(lines, stream, colour=display.wants_colour(stream))


def render(comparison: Comparison, width: int, encoding: str = "utf-8") -> list[Text]:
    """Lines of at most `width` cells."""
    page = Page(width, encoding, None)
    blocks = [
        _header(page, comparison),
        _decision(page, comparison),
        _table(page, comparison),
        _gil(page, comparison.rows),
        _failures(page, comparison.rows),
        _notes(page, comparison),
    ]
    return _joined(blocks)


def _joined(blocks: Sequence[Sequence[Text]]) -> list[Text]:
    lines = itertools.chain.from_iterable([*block, Text()] for block in blocks if block)
    return list(lines)[:-1]


def _header(page: Page, comparison: Comparison) -> list[Text]:
    task = numbers.seconds(comparison.task_s)
    call = f"{comparison.target}({comparison.arguments})"
    text = page.text(call, "bold")
    text.truncate(page.width // 2, overflow="ellipsis")
    many = "s" if comparison.tasks > 1 else ""
    for fact in (
        f"{comparison.tasks:,} task{many} of {task}",
        f"Python {comparison.python}",
        f"{comparison.cores} core{'s' if comparison.cores > 1 else ''}",
        f"{comparison.rounds} round{'s' if comparison.rounds > 1 else ''}",
    ):
        text.append(" · ", "dim").append_text(page.text(fact))
    return [fit(text, page.width)]


def _decision(page: Page, comparison: Comparison) -> list[Text]:
    bar = Text("▌ ", STYLES[comparison.decision.kind])
    return wrap(page.prose(sentences.decision(comparison), "bold"), page.width, bar, bar)


def _table(page: Page, comparison: Comparison) -> list[Text]:
    rows = [row for row in comparison.rows if row.wall is not None]
    most = max(ratio.median for row in rows if (ratio := _ratio(row)))
    cells = [_cells(page, row, comparison) for row in rows]
    shown = [i for i in range(len(COLUMNS)) if page.width >= NARROW or i not in DETAILS]
    columns = [COLUMNS[index] for index in shown]
    widths = measure(columns, [[row[index] for index in shown] for row in cells], page.width)
    bar_cells = min(MOST_BAR_CELLS, max(0, widths[SPEED] - FIGURES_CELLS))
    lines = []
    for row, cell in zip(rows, cells, strict=True):
        cell[SPEED] = _speed(row, most, bar_cells)
        lines.append(line([cell[index] for index in shown], columns, widths))
    legend = Text(_legend(comparison, with_details=len(shown) == len(COLUMNS)), "dim")
    title = heading(Text("strategy", "bold"), columns, widths)
    return [title, *lines, *wrap(legend, page.width, Text(), Text())]


def _legend(comparison: Comparison, *, with_details: bool) -> str:
    wall = comparison.serial.wall
    parts = [CONFIDENT if wall is not None and wall.is_confident else NOT_CONFIDENT, PAYS_FROM]
    if any(row.python for row in comparison.rows if row.wall is not None):
        parts.append(OTHER_PYTHON.format(python=comparison.python))
    return " ".join([*parts, MEMORY] if with_details else parts)


def _cells(page: Page, row: Row, comparison: Comparison) -> list[Text]:
    assert row.wall is not None
    serial = row.strategy == SERIAL
    return [
        page.text(row.label, _style(row)),
        Text("" if serial else str(row.workers)),
        Text(numbers.seconds(row.wall.median)),
        Text(),
        Text("" if serial else numbers.seconds(row.startup_s or 0.0)),
        Text(numbers.UNKNOWN if row.peak_bytes is None else numbers.size(row.peak_bytes)),
        Text("" if serial else _pays_from(row, comparison)),
    ]


def _style(row: Row) -> str:
    return "green" if judge(row) is Gain.FASTER else ""


def _ratio(row: Row) -> Estimate | None:
    """Over serial in the same Python; of another Python's serial run, over that of this one."""
    return row.against_default if row.strategy == SERIAL else row.speedup


def _speed(row: Row, most: float, bar_cells: int) -> Text:
    """`━━━━━━━━━━  1.93  1.88 to 1.95`."""
    ratio, style = _ratio(row), _style(row)
    assert ratio is not None
    filled = max(1, round(bar_cells * ratio.median / most)) if bar_cells else 0
    text = Text("━" * filled, style or "yellow").append(" " * (bar_cells - filled))
    text.append(f" {ratio.median:5.2f}", style)
    if row.strategy == SERIAL and not row.python:
        return text
    return text.append(f"  {sentences.interval(ratio)}", "dim")


def _pays_from(row: Row, comparison: Comparison) -> str:
    if row.break_even_s is not None:
        return numbers.seconds(row.break_even_s)
    assert row.speedup is not None
    least_s = shortest_task_s(row)
    hidden = least_s is not None and comparison.task_s < least_s
    return UNKNOWN if hidden or row.speedup.high >= LEAST_GAIN else NEVER


def _gil(page: Page, rows: Sequence[Row]) -> list[Text]:
    """Why threads gained what they gained."""
    lines = []
    for row in rows:
        if row.gil is None or row.workers < 2:
            continue
        share = numbers.percent(row.gil.contended_fraction)
        sentence = (
            f"{row.label}, {row.workers} workers: somebody waited for the GIL {share} of the time"
        )
        if row.gil.culprit and row.gil.contended_fraction >= 0.01:
            sentence += f", mostly for `{row.gil.culprit}`"
        lines += wrap(page.prose(sentence), page.width, Text("why  ", "bold"), Text("     "))
    return lines


def _failures(page: Page, rows: Sequence[Row]) -> list[Text]:
    failed = [row for row in rows if row.outcome is not Outcome.MEASURED]
    lines = [Text("not measured", "bold")] if failed else []
    for row in failed:
        label = row.label if row.outcome is Outcome.MISSING else row.short_name
        style = "dim" if row.outcome is Outcome.MISSING else "red"
        sentence = f"{FAILED[row.outcome]}: {row.reason}"
        if row.add:
            sentence += f" → {row.add}"
        first = Text.assemble("  ", fit(page.text(label), 24), " ", style=style)
        lines += wrap(page.prose(sentence), page.width, first, Text(" " * first.cell_len))
    return lines


def _notes(page: Page, comparison: Comparison) -> list[Text]:
    mark, indent = Text("! ", "yellow"), Text("  ")
    texts = [page.prose(sentences.note(each, comparison)) for each in comparison.notes]
    return [each for text in texts for each in wrap(text, page.width, mark, indent)]


def print_changes(changes: Sequence[Change], threshold: float, stream: TextIO) -> None:
    lines = render_changes(
        changes, threshold, display.width_of(stream), display.encoding_of(stream)
    )
    display.write(lines, stream, colour=display.wants_colour(stream))


def render_changes(
    changes: Sequence[Change], threshold: float, width: int, encoding: str = "utf-8"
) -> list[Text]:
    """What became of each strategy since the older result."""
    page = Page(width, encoding, None)
    cells = [_change_cells(page, change, threshold) for change in changes]
    widths = measure(CHANGES, cells, page.width)
    title = heading(Text("strategy", "bold"), CHANGES, widths)
    return [title, *(line(each, CHANGES, widths) for each in cells)]


def _change_cells(page: Page, change: Change, threshold: float) -> list[Text]:
    if change.ratio is None:
        told = f"no longer measured: {change.lost}"
    elif not change.certain:
        told = f"{change.ratio:.2f} times as long, no significant difference"
    else:
        told = f"{change.ratio:.2f} times as long"
    return [
        page.text(change.label),
        Text(str(change.workers)),
        Text(numbers.seconds(change.before_s)),
        Text("" if change.now_s is None else numbers.seconds(change.now_s)),
        page.text(told, "red" if change.is_regression(threshold) else ""),
    ]
