"""A failing schedule on its source: a column per thread, side by side, time running downwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.explore.model import Kind
from gilscope.report import waiting
from gilscope.report.naming import said
from gilscope.report.table import fit
from gilscope.report.turns import Turn, shortened, turns_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gilscope.explore.model import Counterexample, Event, Position
    from gilscope.report.naming import Naming
    from gilscope.report.page import Page

GAP = 3
LEAST_COLUMN = 30  # with less for a thread that has more to say, all share one column
MOST_COLUMN = 72
MOST_NAME = 16  # in front of each line, where there is one column
MOST_OPERATIONS = 10  # of one line at a time
INDENT = 2  # of operations, below their source line
WRITES = {"write", "put"}
LABEL = " preempted "


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that stand side by side, by thread."""

    cells: dict[int, list[Text]]
    turn: Turn | None = None


def render(page: Page, naming: Naming, counterexample: Counterexample) -> list[Text]:
    cells = _Cells(page, naming, counterexample)
    turns = shortened(turns_of(counterexample.events))
    rows = [cells.row(each) if isinstance(each, Turn) else each for each in turns]
    rows += cells.last_rows()
    threads = sorted({number for row in rows if isinstance(row, Row) for number in row.cells})
    if not threads:
        return []
    layout = _Columns.fitting(page, naming, threads, rows) or _OneColumn(page, naming, threads)
    where = Text.assemble("  time runs downwards · ", said(page, cells.file), style="dim")
    title = Text.assemble(("the failing schedule", "bold"), where)
    lines = [title, *layout.heading()]
    switches = set()
    for row in rows:
        if isinstance(row, str):
            lines.append(Text(row, "dim"))
            continue
        if row.turn is not None and row.turn.after is not None:
            lines.append(layout.switch(row.turn.after, row.turn))
            switches.add(row.turn.preemption)
        lines += layout.lines(row)
    return [*lines, *_legend(switches, counterexample.failure.kind)]


def _legend(switches: Collection[bool], failed: Kind) -> list[Text]:
    parts = []
    if True in switches:
        parts.append(Text.assemble(("━━", "yellow"), (" preempted: could have gone on", "dim")))
    if False in switches:
        # What may be a livelock goes on by turns, to be sure that it is one.
        why = "the next one's turn" if failed is Kind.LIVELOCK else "waits, or has ended"
        parts.append(Text(f"·· {why}", "dim"))
    return [Text("   ").join(parts)] if parts else []


class _Cells:
    """What is said of each turn."""

    def __init__(self, page: Page, naming: Naming, counterexample: Counterexample) -> None:
        self._page = page
        self._naming = naming
        self._failure = counterexample.failure
        positions = [each.position for each in counterexample.events]
        positions += [each.position for each in self._failure.blocked]
        files = Counter(each.file for each in positions).most_common(1)
        self._main_file = files[0][0] if files else ""
        self._files: dict[int, str] = {}  # that each column is in
        self._gutter = max((len(str(each.line)) for each in positions), default=1)
        self.file = naming.file(self._main_file)

    def row(self, turn: Turn) -> Row:
        lines = self._source(turn.thread, turn.position)
        operations = [
            (operation, len(list(same)))
            for operation, same in groupby(map(self._operation, turn.events))
        ]
        half = MOST_OPERATIONS // 2
        for index, (operation, times) in enumerate(operations):
            if len(operations) <= MOST_OPERATIONS or not half <= index < len(operations) - half:
                again = Text(f"  {times:,} times" if times > 1 else "", "dim")
                lines.append(self._below(operation + again))
            elif index == half:
                lines.append(self._below(Text(f"… {len(operations) - 2 * half:,} more", "dim")))
        return Row({turn.thread: lines}, turn)

    def last_rows(self) -> list[Row]:
        """How it ended, in the columns of those whom it concerns."""
        cells: dict[int, list[Text]] = {}
        for each in self._failure.blocked:
            waits, that, holder = waiting.words(self._naming, each).partition(" that ")
            ends = [waits, f"{that.lstrip()}{holder}"] if holder else [waits]
            cells[each.thread] = self._source(each.thread, each.position)
            cells[each.thread] += [self._below(said(self._page, end, "bold red")) for end in ends]
        thread = self._failure.thread
        if thread is not None and thread not in cells:
            kind = self._failure.message.partition(":")[0]  # the verdict has all of it
            cells[thread] = [self._below(said(self._page, kind, "bold red"))]
        return [Row(cells)] if cells else []

    def _source(self, thread: int, position: Position) -> list[Text]:
        page, lines = self._page, []
        if self._files.setdefault(thread, self._main_file) != position.file:
            lines.append(said(page, f"in {self._naming.file(position.file)}:", "dim"))
            self._files[thread] = position.file
        source = page.sources.line(position.file, position.line) if page.sources else ""
        text = page.text(source) if source else page.text(f"{position.function}()", "dim")
        number = str(position.line).rjust(self._gutter)
        return [*lines, Text.assemble((number, "dim"), "  ", text)]

    def _operation(self, event: Event) -> Text:
        page, arrow = self._page, "←" if event.operation in WRITES else "→"
        text = said(page, event.operation, "cyan")
        if event.target:
            text = Text.assemble(text, " ", said(page, event.target))
        if event.value is not None:
            text = Text.assemble(text, (f" {arrow} ", "dim"), said(page, event.value, "bold"))
        return text

    def _below(self, text: Text) -> Text:
        return Text.assemble(" " * (self._gutter + 2 + INDENT), text)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each thread's column begins, and how wide it is."""

    names: dict[int, Text]
    starts: dict[int, int]
    widths: dict[int, int]

    @classmethod
    def fitting(
        cls, page: Page, naming: Naming, threads: Sequence[int], rows: Sequence[Row | str]
    ) -> _Columns | None:
        """None where the page has no room for columns."""
        names = {number: said(page, naming.thread(number), "bold") for number in threads}
        wanted = []
        for number in threads:
            cells = (row.cells.get(number, ()) for row in rows if isinstance(row, Row))
            lines = [names[number], *chain.from_iterable(cells)]
            wanted.append(min(max(line.cell_len for line in lines), MOST_COLUMN))
        widths = share(wanted, page.width - GAP * (len(threads) - 1))
        starts = {}
        at = 0
        for number, width, want in zip(threads, widths, wanted, strict=True):
            if width < min(want, LEAST_COLUMN):
                return None
            starts[number] = at
            at += width + GAP
        return cls(names, starts, dict(zip(threads, widths, strict=True)))

    def heading(self) -> list[Text]:
        return self.lines(Row({number: [name] for number, name in self.names.items()}))

    def lines(self, row: Row) -> list[Text]:
        lines = []
        for index in range(max(map(len, row.cells.values()))):
            line = Text()
            for number, width in self.widths.items():
                cell = row.cells.get(number, [])
                line.append_text(fit(cell[index] if index < len(cell) else Text(), width))
                line.append(" " * GAP)
            line.rstrip()
            lines.append(line)
        return lines

    def switch(self, before: int, turn: Turn) -> Text:
        """`━━ preempted ━━━━━→`, from the column of one thread to that of the next."""
        rule, style = ("━", "yellow") if turn.preemption else ("·", "dim")
        start, end = self.starts[before], self.starts[turn.thread]
        label = LABEL if turn.preemption else ""
        if start < end:
            drawn = f"{rule * INDENT}{label}"
            room = end - start - 2
            drawn = drawn if len(drawn) <= room else ""
            return Text(" " * start).append(drawn.ljust(room, rule) + "→", style)
        room = start - end + min(self.widths[before], len(label) + INDENT) - 1
        drawn = f"{label}{rule * INDENT}"
        return Text(" " * end).append("←" + drawn.rjust(room, rule)[-room:], style)


class _OneColumn:
    """For narrow pages: each line with its thread's name in front."""

    def __init__(self, page: Page, naming: Naming, threads: Sequence[int]) -> None:
        self._names = {number: said(page, naming.thread(number), "bold") for number in threads}
        self._width = min(MOST_NAME, max(name.cell_len for name in self._names.values()))

    def heading(self) -> list[Text]:
        return []

    def lines(self, row: Row) -> list[Text]:
        lines = []
        for number, cell in row.cells.items():
            for index, line in enumerate(cell):
                front = fit(Text() if index else self._names[number], self._width)
                lines.append(Text.assemble(front, "  ", line))
        return lines

    def switch(self, before: int, turn: Turn) -> Text:
        if not turn.preemption:
            return Text("·" * self._width, "dim")
        rule = "━" * self._width
        return Text.assemble(f"{rule}  ", self._names[before], LABEL, rule, style="yellow")


def share(wanted: Sequence[int], room: int) -> list[int]:
    """Widths of columns: what each wants, or an equal share of what the smaller ones leave."""
    widths = [0] * len(wanted)
    smallest_first = sorted(range(len(wanted)), key=wanted.__getitem__)
    for done, index in enumerate(smallest_first):
        widths[index] = min(wanted[index], max(0, room) // (len(wanted) - done))
        room -= widths[index]
    return widths
