"""What things are called on the page, and where they can be seen in its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.report.html.markup import Markup, element, join, prose, text
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.analysis.model import Line
    from gilscope.sources import Sources
    from gilscope.words.places import Places


@dataclass(frozen=True, slots=True)
class Names:
    """`line_numbers` and `lanes` are numbers of the picture: of its lines, and of its lanes by the
    number of a thread of the process that the report is about, which began at `starts_s` of it.
    `numbers_by_name`: as `line_numbers`, by what lines are called.
    """

    places: Places
    sources: Sources | None
    line_numbers: Mapping[Line, int]
    numbers_by_name: Mapping[str, int]
    lanes: Mapping[int, int]
    starts_s: float

    def place(self, line: Line) -> Markup:
        """`app.py:41`, which leads to where it can be seen; nothing where no file is known."""
        if not line.file:
            return text("")
        number = self.line_numbers.get(line)
        return element("span", text(self.places.of(line)), class_="place", data_place=number)

    def function(self, line: Line) -> Markup:
        return element("b", text(line.function or "(no Python code)"))

    def where(self, line: Line, inside: Line | None = None) -> Markup:
        """A function, where it is, what stands there, and what ran in the library it called."""
        parts = [self.function(line)]
        if line.file:
            parts.append(self.place(line))
        source = self.sources.line(line.file, line.line) if self.sources is not None else ""
        if source:
            parts.append(element("code", text(source), class_="source"))
        if inside is not None:
            parts.append(join([text("→ "), self.place(inside)]))
        return join(parts, " ")

    def thread(self, name: str, number: int | None = None) -> Markup:
        lane = None if number is None else self.lanes.get(number)
        shown = text(name or f"thread {number}")
        return element("span", shown, class_="thread", data_lane=lane)

    def sentence(self, content: str) -> Markup:
        """A sentence; the lines that it names lead to where they can be seen."""
        return prose(
            content,
            lambda code: element("code", text(code), data_place=self.numbers_by_name.get(code)),
        )


def seconds(value_s: float | None) -> Markup:
    return text(numbers.UNKNOWN if value_s is None else numbers.seconds(value_s))


def fraction(value: float) -> Markup:
    """A bar, with the share as a text for those who do not see it."""
    share = numbers.percent(value)
    bounded = min(1.0, max(0.0, value)) if value == value else 0.0  # noqa: PLR0124 - NaN
    bar = element(
        "meter", text(share), min="0", max="1", value=f"{bounded:.4f}", aria_hidden="true"
    )
    return join([bar, text(f" {share}")])
