"""What every section of the report needs: how much room there is, and how things are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.text import Text

from gilscope.words import numbers
from gilscope.words.places import Places
from gilscope.words.text import clean

if TYPE_CHECKING:
    from gilscope.analysis.model import Line
    from gilscope.sources import Sources

BAR_CELLS = 7


@dataclass(frozen=True, slots=True)
class Page:
    """One rendering. `sources` is None where source lines are not wanted."""

    width: int
    encoding: str
    sources: Sources | None
    places: Places = field(default_factory=Places)

    def text(self, content: str, style: str = "") -> Text:
        return Text(clean(content, self.encoding), style)

    def prose(self, content: str, style: str = "") -> Text:
        """A sentence, in which `code` between backticks stands out."""
        text = Text(style=style)
        for number, part in enumerate(clean(content, self.encoding).split("`")):
            text.append(part, "cyan" if number % 2 else None)
        return text

    def function(self, line: Line) -> Text:
        return self.text(line.function or "(no Python code)", "bold" if line.file else "dim")

    def place(self, line: Line) -> Text:
        """`app.py:41`; nothing where no file is known."""
        return self.text(self.places.of(line) if line.file else "", "cyan")

    def source(self, line: Line, inside: Line | None = None) -> Text:
        """What stands there, and what ran in the library that it called."""
        text = self.sources.line(line.file, line.line) if self.sources is not None else ""
        source = self.text(text)
        if inside is not None:
            source = Text.assemble(source, ("  → ", "dim"), self.place(inside))
        return source

    def share_of(self, wide: float, narrow: float) -> int:
        """A width between `narrow` at 80 columns and `wide` at 120."""
        return round(narrow + (wide - narrow) * (self.width - 80) / 40)


def duration(value_s: float, style: str = "") -> Text:
    """Right-aligned columns of these read as numbers: nothing stands out less than a zero."""
    return Text(numbers.seconds(value_s), "dim" if value_s == 0 else style)


def fraction_bar(fraction: float) -> Text:
    """`━━━       40 %`."""
    filled = round(BAR_CELLS * fraction) if 0 <= fraction <= 1 else 0
    percent = numbers.percent(fraction).rjust(7)
    return Text.assemble(("━" * filled, "red"), " " * (BAR_CELLS - filled), percent)
