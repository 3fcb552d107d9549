"""A failing schedule as rows: a column per thread, and between them what they share.

The script walks through the rows, and shows who has which value in hand.
"""

from __future__ import annotations

import linecache
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.report.exploration.naming import Naming
from gilscope.report.exploration.turns import operations_of, turns_of
from gilscope.report.html.markup import NOTHING, Markup, element, prose, text
from gilscope.report.lab.failing import failing
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.explore.results import Counterexample, Event
    from gilscope.lab.kit.model import Interleaving
    from gilscope.report.exploration.turns import Operation, Turn

TEST = 0  # the thread that starts the others; its rows go across all columns
WRITES = {"write", "put"}
DECISIVE, PREEMPTED = "▶", "━━"
LEGEND = (
    (DECISIVE, "decided how it ends"),
    (PREEMPTED, "preempted: could have gone on"),
    ("··", "waits, or has ended"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which threads have a column, what stands between the first two, and who is called what."""

    threads: tuple[int, ...]
    watched: str
    naming: Naming

    @property
    def width(self) -> int:
        return len(self.threads) + bool(self.watched)

    def row(self, cells: dict[int, Markup], value: str) -> list[Markup]:
        """A cell for each column; a thread without one gets all of the row."""
        strange = [each for each in cells if each not in self.threads]
        if strange:
            return [element("td", *cells.values(), colspan=self.width, class_="across")]
        made = [element("td", cells.get(each, NOTHING)) for each in self.threads]
        if self.watched:
            made.insert(1, element("td", text(value), class_="shared"))
        return made


def schedule(shown: Interleaving) -> Markup:
    caption = element("figcaption", prose(shown.heading))
    found = failing(shown)
    if found is None:
        return element("figure", caption)
    layout = _layout(shown, found)
    rows = [*_rows(layout, found)]
    last = element(
        "td",
        element("span", element("strong", text("How it ends: ")), text(found.failure.message)),
        colspan=layout.width,
        class_="across",
    )
    rows.append(element("tr", last, class_="ending"))
    made = element(
        "table",
        element("caption", prose(shown.heading), class_="unseen"),
        element("thead", _heading(layout)),
        element("tbody", *rows),
    )
    scroll = element(
        "div", made, class_="scroll", tabindex="0", role="group", aria_label="schedule"
    )
    keys = [
        element("li", element("span", text(mark), class_="mark-of"), text(f" {words}"))
        for mark, words in LEGEND
    ]
    return element(
        "figure",
        caption,
        scroll,
        element("ul", *keys, class_="legend"),
        class_="schedule",
        data_watched=shown.watched or None,
    )


def _layout(shown: Interleaving, found: Counterexample) -> Layout:
    threads = sorted({each.thread for each in found.events})
    columns = tuple(each for each in threads if each != TEST) or tuple(threads)
    return Layout(columns, shown.watched, Naming(shown.exploration))


def _heading(layout: Layout) -> Markup:
    cells = [
        element("th", text(layout.naming.thread(each)), scope="col", data_thread=each)
        for each in layout.threads
    ]
    if layout.watched:
        cells.insert(
            1, element("th", element("code", text(layout.watched)), scope="col", class_="shared")
        )
    return element("tr", *cells)


def _rows(layout: Layout, found: Counterexample) -> Iterator[Markup]:
    value = _first_value(found.events, layout.watched)
    for turn in turns_of(found.events):
        if turn.after is not None:
            yield _switch(layout, turn)
        # These are files of ours that have just run: nobody has changed them since.
        source = linecache.getline(turn.position.file, turn.position.line).strip()
        source = source or f"{turn.position.function}()"
        operations = operations_of(turn)
        for number, operation in enumerate(operations):
            event = operation.event
            if event.target == layout.watched and event.value is not None:
                value = event.value
            line = element("code", text(source), class_="source") if number == 0 else NOTHING
            content = element("div", line, _operation(operation), class_="did-there")
            yield element(
                "tr",
                *layout.row({turn.thread: content}, value),
                class_="decisive" if operation.decisive else None,
                data_thread=turn.thread,
                data_operation=event.operation,
                data_target=event.target or None,
                data_value=event.value,
                data_source=source,
                data_said=_sentence(layout.naming.thread(turn.thread), operation),
            )


def _first_value(events: Sequence[Event], watched: str) -> str:
    """What the threads found when they began: what was read first, or was replaced."""
    first = next((each for each in events if each.target == watched), None)
    if first is None:
        return ""
    return (first.before if first.operation in WRITES else first.value) or ""


def _switch(layout: Layout, turn: Turn) -> Markup:
    before = layout.naming.thread(turn.after or TEST)
    now = layout.naming.thread(turn.thread)
    if turn.preemption:
        words = f"{PREEMPTED} {before} is preempted {PREEMPTED} {now} goes on"
    else:
        words = f"·· {before} waits, or has ended ·· {now} goes on"
    cell = element("td", element("span", text(words)), colspan=layout.width, class_="across")
    return element("tr", cell, class_="preempted" if turn.preemption else "switched")


def _operation(operation: Operation) -> Markup:
    event = operation.event
    target = f" {event.target}" if event.target else ""
    parts = [element("span", text(event.operation), class_="verb"), text(target)]
    inside = event.inside
    if inside is not None and operation.inside:
        parts = [element("span", text(inside.operation), class_="verb"), text(f" {inside.target}")]
    if event.value is not None:
        arrow = "←" if event.operation in WRITES else "→"
        parts += [text(f" {arrow} "), element("strong", text(event.value))]
    if operation.decisive and event.before is not None:
        parts.append(text(f"  (was {event.before})"))
    if operation.times > 1:
        parts.append(text(f"  {numbers.whole(operation.times)} times"))
    mark = [element("span", text(f"{DECISIVE} "), class_="mark-of")] if operation.decisive else []
    return element("div", *mark, *parts, class_="operation")


def _sentence(name: str, operation: Operation) -> str:
    """`thread 1 reads counter: 0`, for who listens."""
    event = operation.event
    verb = {"read": "reads", "write": "writes", "call": "calls"}.get(
        event.operation, event.operation
    )
    words = f"{name} {verb} {event.target}".rstrip()
    return words if event.value is None else f"{words}: {event.value}"
