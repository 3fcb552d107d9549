"""The end of a report: where the trace is, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rich.text import Text

from gilscope.report.terminal.table import fit, wrap
from gilscope.words import numbers
from gilscope.words.text import shell_word

if TYPE_CHECKING:
    from gilscope.analysis.collection import Collection
    from gilscope.analysis.model import Analysis
    from gilscope.report.terminal.page import Page


class Traces(Protocol):
    """As `console.Options` has them."""

    @property
    def trace(self) -> str: ...
    @property
    def traces(self) -> tuple[str, ...]: ...
    @property
    def footer(self) -> str: ...
    @property
    def all_threads(self) -> bool: ...


def footer(
    page: Page, analysis: Analysis, options: Traces, collection: Collection | None
) -> list[Text]:
    if options.footer:
        return wrap(page.text(options.footer, "dim"), page.width, Text(), Text())
    size = numbers.size(collection.trace_bytes if collection else analysis.run.trace_bytes)
    option = "--json" if options.all_threads else "--threads"
    traces = options.traces or (options.trace,)
    what = f"trace {options.trace}" if collection is None else f"{collection.files} traces"
    name = page.text(f"{what}, {size}")
    words = " ".join(shell_word(each, page.encoding) for each in traces)
    command = page.text(f"gilscope report {words} {option}", "bold")
    label = Text("next: ", "dim")
    room = page.width - name.cell_len - label.cell_len - command.cell_len
    if room >= 2:
        return [Text.assemble(name, " " * min(room, 8), label, command)]
    return [fit(name, page.width), *wrap(command, page.width, label, Text("      "))]
