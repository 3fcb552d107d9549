"""A failing schedule on its source: a column per thread, side by side, time running downwards."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.explore.facts import Position
from gilscope.explore.results import Kind
from gilscope.report.exploration import waiting
from gilscope.report.exploration.columns import GAP, Cells, Columns, Line, OneColumn
from gilscope.report.exploration.folding import rows_of
from gilscope.report.exploration.turns import Folded, Turn, operations_of
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gilscope.explore.results import Counterexample, Event
    from gilscope.report.exploration.naming import Naming
    from gilscope.report.exploration.turns import Operation, ScheduleRow
    from gilscope.report.terminal.page import Page

MOST_OPERATIONS = 10  # of one line at a time
INDENT = 2  # of operations, below their source line
NUMBER_GAP = 2  # between the number of a line and the line
WRITES = {"write", "put"}
BOOKKEEPING = {"start", "join"}
DECISIVE = "▶"
IN_TRACEBACK = re.compile(r'^  File "(.+)", line (\d+), in (.+)$', re.MULTILINE)


def render(
    page: Page,
    naming: Naming,
    counterexample: Counterexample,
    *,
    all_steps: bool = False,
    numbered: bool = True,
) -> list[Text]:
    cells = _Cells(page, naming, counterexample, numbered=numbered)
    rows = rows_of(counterexample.events, counterexample.failure, all_steps=all_steps)
    shown = [*cells.of(rows, all_steps=all_steps), *cells.last(rows)]
    threads = sorted({number for row in shown if isinstance(row, Cells) for number in row.lines})
    if not threads:
        return []
    layout = Columns.fitting(page, naming, threads, shown) or OneColumn(page, naming, threads)
    where = Text.assemble("  time runs downwards · ", page.text(cells.file), style="dim")
    title = Text.assemble(("the failing schedule", "bold"), where)
    lines = [title, *layout.heading()]
    switches = set()
    for row in shown:
        if isinstance(row, str):
            lines.append(page.text(row, "dim"))
            continue
        if row.turn is not None and row.turn.after is not None:
            lines.append(layout.switch(row.turn.after, row.turn))
            switches.add(row.turn.preemption)
        lines += layout.lines(row)
    return [*lines, *_legend(page, switches, rows, counterexample.failure.kind)]


def _legend(
    page: Page, switches: Collection[bool], rows: Sequence[ScheduleRow], failed: Kind
) -> list[Text]:
    parts = []
    if any(event.decisive for row in rows if isinstance(row, Turn) for event in row.events):
        mark = page.text(DECISIVE, "bold yellow")
        parts.append(Text.assemble(mark, (" decided how it ends", "dim")))
    if True in switches:
        parts.append(Text.assemble(("━━", "yellow"), (" preempted: could have gone on", "dim")))
    if False in switches:
        # What may be a livelock goes on by turns, to be sure that it is one.
        why = "the next one's turn" if failed is Kind.LIVELOCK else "waits, or has ended"
        parts.append(Text(f"·· {why}", "dim"))
    if any(isinstance(row, Folded) for row in rows):
        parts.append(Text("… folded: --all-steps", "dim"))
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + GAP + part.cell_len <= page.width:
            lines[-1] = Text.assemble(lines[-1], " " * GAP, part)
        else:
            lines.append(part)
    return lines


class _Cells:
    """What is said of each turn."""

    def __init__(
        self, page: Page, naming: Naming, counterexample: Counterexample, *, numbered: bool
    ) -> None:
        self._page = page
        self._naming = naming
        self._failure = counterexample.failure
        self._events = counterexample.events
        positions = [each.position for each in self._events]
        positions += [each.position for each in self._failure.blocked]
        self._main_file = _main_file(self._events, positions)
        self._files: dict[int, str] = {}  # that each column is in
        longest = max((len(str(each.line)) for each in positions), default=1)
        self._gutter = longest + NUMBER_GAP if numbered else 0  # for the numbers of lines
        self.file = naming.file(self._main_file)

    def of(self, rows: Sequence[ScheduleRow], *, all_steps: bool) -> list[Cells | str]:
        shown: list[Cells | str] = []
        for row in rows:
            if isinstance(row, Turn):
                most = len(row.events) if all_steps else MOST_OPERATIONS
                shown.append(self._turn(row, most))
            else:
                shown.append(self._fold(row) if isinstance(row, Folded) else row)
        return shown

    def _fold(self, row: Folded) -> Cells | str:
        words = f"… {numbers.counted(row.steps, 'step')}"
        if row.thread is None:
            return f"{words} of several threads"
        line = Text.assemble(" " * self._gutter, self._page.text(words, "dim"))
        return Cells({row.thread: [Line(line)]}, row)

    def _turn(self, turn: Turn, most: int) -> Cells:
        source = self._line(turn.position)
        lines = self._source(turn.thread, turn.position)
        operations = [each for each in operations_of(turn) if not _is_said(each, source)]
        half = most // 2
        for index, operation in enumerate(operations):
            if len(operations) <= most or not half <= index < len(operations) - half:
                lines += self._operation(operation)
            elif index == half:
                lines.append(
                    self._below(Text(f"… {numbers.whole(len(operations) - 2 * half)} more", "dim"))
                )
        lines += self._switched_inside(turn)
        return Cells({turn.thread: lines}, turn)

    def _switched_inside(self, turn: Turn) -> list[Line]:
        """If another thread came in the middle of a call of the library: where."""
        end = turn.first + len(turn.events)
        last = turn.events[-1]
        if last.inside is None or end >= len(self._events) or not self._events[end].switch:
            return []
        following = next((each for each in self._events[end:] if each.thread == last.thread), None)
        began = next(each for each in turn.events if each.target == last.target and each.inside)
        if following is None or following.inside in (None, began.inside):
            return []
        calls = {(each.position, each.operation, each.target) for each in (last, following)}
        if len(calls) > 1:
            return []
        place = self._naming.place(last.inside.position)
        return [self._below(self._page.text(f"… switched inside, at {place}", "dim"))]

    def last(self, rows: Sequence[ScheduleRow]) -> list[Cells]:
        """How it ended, in the columns of those whom it concerns."""
        cells: dict[int, list[Line]] = {}
        for each in self._failure.blocked:
            waits, that, holder = waiting.words(self._naming, each).partition(" that ")
            ends = [waits, f"{that.lstrip()}{holder}"] if holder else [waits]
            cells[each.thread] = self._source(each.thread, each.position)
            cells[each.thread] += [self._below(self._page.text(end, "bold red")) for end in ends]
        thread = self._failure.thread
        if thread is not None and thread not in cells:
            kind = self._failure.message.partition(":")[0]  # the verdict has all of it
            position = self._failed_at()
            cells[thread] = []
            if position is not None and not _is_at(rows[-1:], thread, position):
                cells[thread] = self._source(thread, position)
            cells[thread].append(self._below(self._page.text(kind, "bold red")))
        return [Cells(cells)] if cells else []

    def _failed_at(self) -> Position | None:
        """The innermost line of the traceback in a file that the schedule shows."""
        files = {each.position.file for each in self._events if each.inside is None}
        found = None
        for match in IN_TRACEBACK.finditer(self._failure.traceback):
            shown = next((each for each in files if match[1].endswith(each)), None)
            if shown is not None:
                found = Position(shown, int(match[2]), match[3])
        return found

    def _source(self, thread: int, position: Position) -> list[Line]:
        page, lines = self._page, []
        if self._files.setdefault(thread, self._main_file) != position.file:
            lines.append(Line(page.text(f"in {self._naming.file(position.file)}:", "dim")))
            self._files[thread] = position.file
        source = self._line(position)
        text = page.text(source) if source else page.text(f"{position.function}()", "dim")
        if self._gutter:
            number = str(position.line).rjust(self._gutter - NUMBER_GAP)
            text = Text.assemble((number, "dim"), " " * NUMBER_GAP, text)
        return [*lines, Line(text)]

    def _line(self, position: Position) -> str:
        sources = self._page.sources
        return sources.line(position.file, position.line) if sources is not None else ""

    def _operation(self, shown: Operation) -> list[Line]:
        if shown.inside:
            return [self._inside(shown)]
        page, event = self._page, shown.event
        bold = "bold " if shown.decisive else ""
        head = page.text(event.operation, f"{bold}cyan")
        if event.target:
            head = Text.assemble(head, " ", page.text(event.target, bold.strip()))
        # What a call does inside has these, on the line below it.
        known = event.inside is None
        tail = self._value(event, event.operation) if known else Text()
        if shown.times > 1:
            tail.append(f"  {numbers.whole(shown.times)} times", "dim")
        extras = (self._before(event),) if known and shown.decisive else ()
        lines = [self._below(head, tail, extras, mark=DECISIVE if shown.decisive else "")]
        if shown.decisive and event.same is not None:
            lines.append(self._below(page.text(f"  the same as {event.same}", "dim")))
        return lines

    def _inside(self, shown: Operation) -> Line:
        """`  read jobs.queue → []  in queue.py:210`, below the call."""
        page, inside = self._page, shown.event.inside
        assert inside is not None
        head = Text("  ")
        if inside.operation != "call":
            head.append_text(page.text(f"{inside.operation} ", "cyan"))
        head.append_text(page.text(inside.target))
        place = page.text(f"  in {self._naming.place(inside.position)}", "dim")
        value = self._value(shown.event, inside.operation)
        return self._below(head, value, (self._before(shown.event), place))

    def _value(self, event: Event, operation: str) -> Text:
        if event.value is None:
            return Text()
        arrow = self._page.text(f" {'←' if operation in WRITES else '→'} ", "dim")
        return Text.assemble(arrow, self._page.text(event.value, "bold"))

    def _before(self, event: Event) -> Text:
        words = f"  (was {event.before})" if event.before is not None else ""
        return self._page.text(words, "dim")

    def _below(
        self, head: Text, tail: Text | None = None, extras: tuple[Text, ...] = (), mark: str = ""
    ) -> Line:
        front = self._page.text(mark, "bold yellow")
        front.pad_right(self._gutter + INDENT - front.cell_len)
        text = Text.assemble(front, head)
        return Line(text, tail or Text(), extras, is_decisive=bool(mark))


def _is_at(rows: Sequence[ScheduleRow], thread: int, position: Position) -> bool:
    """Whether the last turn shown is of this thread at this line."""
    last = [(row.thread, row.position.line) for row in rows if isinstance(row, Turn)]
    return last == [(thread, position.line)]


def _is_said(shown: Operation, source: str) -> bool:
    """Whether the line of source above an operation is all that there is to say."""
    event = shown.event
    is_plain = event.operation == "call" and not shown.decisive and not shown.inside
    return is_plain and event.target == source


def _main_file(events: Sequence[Event], positions: Sequence[Position]) -> str:
    """Where most of it happens that the program does itself."""
    own = [each for each in events if each.inside is None and each.operation not in BOOKKEEPING]
    decisive = [each for each in own if each.decisive]
    shown = [each.position.file for each in decisive or own] or [each.file for each in positions]
    every = [each.file for each in positions]
    # Below the working folder are the program's own, and elsewhere the library's.
    below = (
        [each for each in files if not PurePath(each).is_absolute()] for files in (shown, every)
    )
    files = Counter(next(filter(None, below), shown)).most_common(1)
    return files[0][0] if files else ""
