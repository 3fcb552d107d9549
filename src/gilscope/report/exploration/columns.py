"""How a schedule is laid out: a column per thread, or one for all where the page is narrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.report.terminal.table import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.report.exploration.naming import Naming
    from gilscope.report.exploration.turns import Folded, Turn
    from gilscope.report.terminal.page import Page

GAP = 3
LEAST_COLUMN = 30  # with less for a thread that has more to say, all share one column
MOST_COLUMN = 72
MOST_NAME = 16  # in front of each line, where there is one column
RULE = 2  # of a preemption, before its label
LABEL = " preempted "


@dataclass(frozen=True, slots=True)
class Line:
    """One line of one thread. Without room, extras go, the last first; then ends of the others."""

    head: Text
    tail: Text = field(default_factory=Text)
    extras: tuple[Text, ...] = ()
    is_decisive: bool = False

    @property
    def width(self) -> int:
        return sum(each.cell_len for each in (self.head, self.tail, *self.extras))

    def within(self, width: int) -> Text:
        line = Text.assemble(self.head, self.tail)
        if line.cell_len <= width:
            for extra in self.extras:
                if line.cell_len + extra.cell_len <= width:
                    line.append_text(extra)
            return line
        head, tail = self.head.copy(), self.tail.copy()
        tail.truncate(max(width - head.cell_len, width // 3), overflow="ellipsis")
        head.truncate(width - tail.cell_len, overflow="ellipsis")
        return Text.assemble(head, tail)


@dataclass(frozen=True, slots=True)
class Cells:
    """Lines that stand side by side, by thread."""

    lines: dict[int, list[Line]]
    turn: Turn | Folded | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each thread's column begins, and how wide it is."""

    names: dict[int, Text]
    starts: dict[int, int]
    widths: dict[int, int]

    @classmethod
    def fitting(
        cls, page: Page, naming: Naming, threads: Sequence[int], rows: Sequence[Cells | str]
    ) -> Columns | None:
        """None where the page has no room for columns."""
        names = {number: page.text(naming.thread(number), "bold") for number in threads}
        wanted, important = [], []
        for number in threads:
            cells = (row.lines.get(number, ()) for row in rows if isinstance(row, Cells))
            lines = list(chain.from_iterable(cells))
            widest = max((line.width for line in lines), default=0)
            wanted.append(min(max(names[number].cell_len, widest), MOST_COLUMN))
            important.append(any(line.is_decisive for line in lines))
        room = page.width - GAP * (len(threads) - 1)
        if any(important) and sum(wanted) > room:
            pairs = zip(wanted, important, strict=True)
            wanted = [want if first else min(want, LEAST_COLUMN) for want, first in pairs]
        widths = share(wanted, room)
        starts = {}
        at = 0
        for number, width, want in zip(threads, widths, wanted, strict=True):
            if width < min(want, LEAST_COLUMN):
                return None
            starts[number] = at
            at += width + GAP
        return cls(names, starts, dict(zip(threads, widths, strict=True)))

    def heading(self) -> list[Text]:
        return self.lines(Cells({number: [Line(name)] for number, name in self.names.items()}))

    def lines(self, row: Cells) -> list[Text]:
        lines = []
        for index in range(max(map(len, row.lines.values()))):
            line = Text()
            for number, width in self.widths.items():
                cell = row.lines.get(number, [])
                text = cell[index].within(width) if index < len(cell) else Text()
                line.append_text(fit(text, width))
                line.append(" " * GAP)
            line.rstrip()
            lines.append(line)
        return lines

    def switch(self, before: int, turn: Turn | Folded) -> Text:
        """`━━ preempted ━━━━━→`, from the column of one thread to that of the next."""
        rule, style = ("━", "yellow") if turn.preemption else ("·", "dim")
        start, end = self.starts[before], self.starts[turn.thread or 0]
        label = LABEL if turn.preemption else ""
        if start < end:
            drawn = f"{rule * RULE}{label}"
            room = end - start - 2
            drawn = drawn if len(drawn) <= room else ""
            return Text(" " * start).append(drawn.ljust(room, rule) + "→", style)
        room = start - end + min(self.widths[before], len(label) + RULE) - 1
        drawn = f"{label}{rule * RULE}"
        return Text(" " * end).append("←" + drawn.rjust(room, rule)[-room:], style)


class OneColumn:
    """For narrow pages: each line with its thread's name in front."""

    def __init__(self, page: Page, naming: Naming, threads: Sequence[int]) -> None:
        self._names = {number: page.text(naming.thread(number), "bold") for number in threads}
        self._page_width = page.width
        self._width = min(MOST_NAME, max(name.cell_len for name in self._names.values()))

    def heading(self) -> list[Text]:
        return []

    def lines(self, row: Cells) -> list[Text]:
        lines = []
        room = self._page_width - self._width - 2
        for number, cell in row.lines.items():
            for index, line in enumerate(cell):
                front = fit(Text() if index else self._names[number], self._width)
                lines.append(Text.assemble(front, "  ", line.within(room)))
        return lines

    def switch(self, before: int, turn: Turn | Folded) -> Text:
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
