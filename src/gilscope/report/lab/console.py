"""An experiment for humans: each step in words, and under them what was seen."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TextIO

from rich.text import Text

from gilscope.lab.kit.model import Chart, Interleaving, Listing, Shows, Table, Tracks
from gilscope.report.exploration import schedule
from gilscope.report.exploration.naming import Naming
from gilscope.report.lab.failing import failing
from gilscope.report.terminal import display, table, timeline
from gilscope.report.terminal.page import Page
from gilscope.report.terminal.table import Column, fit, wrap
from gilscope.sources import Sources
from gilscope.words import numbers
from gilscope.words.text import MOST_CHARACTERS, plain_glyphs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.lab.kit.model import Exhibit, Experiment, Step

INDENT = 2
BAR, MARK = "━", "→"
LABEL_WIDTH = 30
WORDS = (("did", "done"), ("saw", "seen"), ("means", "means"))
WORD_WIDTH = 7
LEGENDS = {
    Shows.GIL: {"#": "has the GIL", ".": "waits for it"},
    Shows.CORE: {"#": "has a core", "+": "half of the time", ".": "hardly ever"},
}
CELLS = {
    "#": timeline.HOLDING,
    "+": timeline.COMPUTING,
    ".": timeline.WAITING,
    " ": timeline.ABSENT,
}


def print_all(experiments: Sequence[Experiment], stream: TextIO) -> None:
    """One after the other."""
    width, encoding = display.width_of(stream), display.encoding_of(stream)
    rule = Text("─" * width if encoding.startswith("utf") else "-" * width, "dim")
    lines: list[Text] = []
    for experiment in experiments:
        lines += [Text(), rule, Text()] if lines else []
        lines += render(experiment, width, encoding)
    display.write(lines, stream, colour=display.wants_colour(stream))


def print_list(experiments: Mapping[str, str], stream: TextIO) -> None:
    """The experiments that there are, and how to run one."""
    page = Page(display.width_of(stream), display.encoding_of(stream), None)
    room = max(map(len, experiments)) + 2
    lines = [
        each
        for name, about in experiments.items()
        for each in wrap(
            page.prose(about), page.width, page.text(name.ljust(room), "bold"), Text(" " * room)
        )
    ]
    lines.append(Text())
    commands = (f"gilscope lab {next(iter(experiments))}", "gilscope lab all -o lab.html")
    for word, command in zip(("next: ", "  or: "), commands, strict=True):
        lines.append(Text.assemble((word, "dim"), (command, "bold")))
    display.write(lines, stream, colour=display.wants_colour(stream))


def render(experiment: Experiment, width: int, encoding: str = "utf-8") -> list[Text]:
    """Lines of at most `width` cells."""
    page = Page(width, encoding, None)
    blocks = [_title(page, experiment)]
    for number, step in enumerate(experiment.steps, start=1):
        blocks.append(_step(page, number, step))
    bar = Text("▌ ", "green")
    blocks.append(wrap(_prose(page, experiment.conclusion, "bold"), width, bar, bar))
    lines = itertools.chain.from_iterable([*block, Text()] for block in blocks)
    return list(lines)[:-1]


def _title(page: Page, experiment: Experiment) -> list[Text]:
    name = Text.assemble(page.text(experiment.name, "bold"), page.text(" · ", "dim"))
    question = _prose(page, experiment.question)
    return wrap(question, page.width, name, Text(" " * name.cell_len))


def _step(page: Page, number: int, step: Step) -> list[Text]:
    mark = Text(f"{number}  ", "bold cyan")
    lines = wrap(_prose(page, step.title, "bold"), page.width, mark, Text("   "))
    if step.unavailable:
        words = _prose(page, f"not possible here: {step.unavailable}.")
        return lines + wrap(words, page.width, Text("!  ", "yellow"), Text("   "))
    following = Text(" " * WORD_WIDTH)
    for field, word in WORDS:
        content = getattr(step, field)
        if content:
            indent = Text(word.ljust(WORD_WIDTH), "dim")
            lines += wrap(_prose(page, content), page.width, indent, following)
    for exhibit in step.exhibits:
        lines += [Text(), *_exhibit(page, exhibit)]
    return lines


def _exhibit(page: Page, exhibit: Exhibit) -> list[Text]:
    margin = Text(" " * INDENT)
    return [_cut(Text.assemble(margin, line), page.width) for line in _lines_of(page, exhibit)]


def _lines_of(page: Page, exhibit: Exhibit) -> list[Text]:
    match exhibit:
        case Chart():
            return _chart(page, exhibit)
        case Table():
            return _table(page, exhibit)
        case Listing():
            return _listing(page, exhibit)
        case Tracks():
            return _tracks(page, exhibit)
        case Interleaving():
            return _interleaving(page, exhibit)


def _chart(page: Page, chart: Chart) -> list[Text]:
    columns = (Column(at_most=LABEL_WIDTH), Column(), Column(right=True), Column())
    texts = [
        (
            _prose(page, bar.label),
            Text(),
            _prose(page, bar.shown, "bold"),
            _prose(page, bar.note, "dim"),
        )
        for bar in chart.bars
    ]
    label, _, shown, note = (_widest(texts, index) for index in range(len(columns)))
    label, shown = min(label, LABEL_WIDTH), max(1, shown)
    room = page.width - INDENT - label - shown - 2 * table.GAP
    note = min(note, max(1, room // 2))
    drawn = max(1, room - (note + table.GAP if note else 0))
    longest = max((bar.value for bar in chart.bars), default=0.0)
    lines = [_prose(page, chart.heading, "dim")]
    for bar, cells in zip(chart.bars, texts, strict=True):
        filled = round(bar.value / longest * drawn) if longest > 0 else 0
        line = Text(BAR * max(filled, int(bar.value > 0)), "cyan")
        row = (cells[0], line, *cells[2:])
        lines += _wrapped(row, columns, (label, drawn, shown, note))
    return lines


def _table(page: Page, shown: Table) -> list[Text]:
    rows = [[_prose(page, cell) for cell in row] for row in shown.rows]
    numeric = [
        all(row[index].lstrip("+-")[:1].isdigit() or not row[index] for row in shown.rows)
        for index in range(len(shown.headings))
    ]
    headings = [_prose(page, heading, "dim") for heading in shown.headings]
    columns = [Column(right=right) for right in numeric]
    widest = [_widest([headings, *rows], index) for index in range(len(headings))]
    widths = _narrowed(widest, numeric, page.width)
    return [line for cells in (headings, *rows) for line in _wrapped(cells, columns, widths)]


def _widest(rows: Sequence[Sequence[Text]], index: int) -> int:
    return max((row[index].cell_len for row in rows), default=0)


def _narrowed(widths: list[int], numeric: Sequence[bool], width: int) -> list[int]:
    """Fit a table into the page at the cost of its widest texts: numbers are why it is there."""
    texts = [index for index, is_number in enumerate(numeric) if not is_number]
    excess = sum(widths) + table.GAP * (len(widths) - 1) - (width - INDENT)
    narrowed = list(widths)
    for _ in range(max(0, excess)):
        widest = max(texts, key=lambda index: narrowed[index], default=0)
        narrowed[widest] = max(1, narrowed[widest] - 1)
    return narrowed


def _wrapped(cells: Sequence[Text], columns: Sequence[Column], widths: Sequence[int]) -> list[Text]:
    """A row of as many lines as its longest cell needs: what explains is never cut."""
    none = Text()
    wrapped = [
        wrap(cell, width, none, none) if cell.cell_len > width > 0 else [cell]
        for cell, width in zip(cells, widths, strict=True)
    ]
    return [
        table.line(each, columns, widths)
        for each in itertools.zip_longest(*wrapped, fillvalue=Text())
    ]


def _listing(page: Page, listing: Listing) -> list[Text]:
    lines = [_prose(page, listing.heading, "dim")]
    for number, content in enumerate(listing.lines):
        marked = number in listing.marked
        mark = Text(f"{MARK if marked else ' '} ", "yellow")
        lines.append(Text.assemble(mark, page.text(content, "yellow" if marked else "")))
    return lines


def _tracks(page: Page, tracks: Tracks) -> list[Text]:
    room = max((len(track.label) for track in tracks.rows), default=0) + 2
    cells = max((len(track.cells) for track in tracks.rows), default=0)
    span = numbers.seconds(tracks.span_s)
    heading = _prose(page, tracks.heading, "dim")
    scale = fit(Text("0 s", "dim"), max(0, cells - len(span))).append(span, "dim")
    lines = [heading, Text.assemble(" " * room, scale)]
    for track in tracks.rows:
        line = fit(page.text(track.label), room)
        for cell, run in itertools.groupby(track.cells):
            state = CELLS.get(cell, timeline.ABSENT)
            line.append(timeline.GLYPHS[state] * len(list(run)), timeline.STYLES[state])
        lines.append(line)
    return [*lines, Text.assemble(" " * room, _legend(tracks.shows))]


def _legend(shows: Shows) -> Text:
    states = [(CELLS[cell], words) for cell, words in LEGENDS[shows].items()]
    parts = [
        Text.assemble((timeline.GLYPHS[state], timeline.STYLES[state]), " ", (name, "dim"))
        for state, name in states
    ]
    blank = [Text("blank: neither", "dim")] if shows is Shows.GIL else []
    return Text("  ").join([*parts, *blank])


def _interleaving(page: Page, shown: Interleaving) -> list[Text]:
    """As `gilscope explore` shows it, but its lines have no numbers: they are those of files that
    nobody has open.
    """
    found = failing(shown)
    heading = _prose(page, shown.heading, "dim")
    if found is None:
        return [heading]
    inside = Page(page.width - INDENT, page.encoding, Sources(0.0))
    _title, *lines = schedule.render(inside, Naming(shown.exploration), found, numbered=False)
    return [heading, *lines]


def _prose(page: Page, content: str, style: str = "") -> Text:
    """Texts are our own: their glyphs have plain forms, unlike those of a recorded program.

    They are shown whole, too, however long they are.
    """
    text = Text(style=style)
    for number, part in enumerate(content.translate(plain_glyphs(page.encoding)).split("`")):
        for start in range(0, len(part), MOST_CHARACTERS):
            piece = part[start : start + MOST_CHARACTERS]
            text.append_text(page.text(piece, "cyan" if number % 2 else ""))
    return text


def _cut(line: Text, width: int) -> Text:
    if line.cell_len > width:
        line.truncate(width, overflow="ellipsis")
    return line
