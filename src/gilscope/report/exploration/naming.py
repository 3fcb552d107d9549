"""What threads and places of an exploration are called: briefly, and so that none is confused."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING

from gilscope.words.text import plain_glyphs, short_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from gilscope.explore.results import Exploration, Position
    from gilscope.report.terminal.page import Page


def said(page: Page, content: str, style: str = "") -> Text:
    """Text of the exploration: its glyphs are ours, and so have plain forms."""
    return page.text(content.translate(plain_glyphs(page.encoding)), style)


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


class Naming:
    """Names for one exploration."""

    def __init__(self, exploration: Exploration) -> None:
        found = exploration.counterexample
        self._names = found.threads if found is not None else ()
        self._uses = Counter(self._names)
        files = defaultdict(set)
        for position in _positions(exploration):
            files[short_path(position.file)].add(PurePath(position.file))
        self._ambiguous = {name for name, paths in files.items() if len(paths) > 1}

    def thread(self, number: int) -> str:
        """Its name; where others have the same one, or it has none, its number, too."""
        name = self._names[number] if 0 <= number < len(self._names) else ""
        if not name:
            return f"thread {number}"
        return name if self._uses[name] == 1 else f"{name} #{number}"

    def file(self, file: str) -> str:
        name = short_path(file)
        return file if name in self._ambiguous else name

    def place(self, position: Position) -> str:
        """`bank.py:12`."""
        number = f":{position.line}" if position.line > 0 else ""
        return f"{self.file(position.file)}{number}"


def _positions(exploration: Exploration) -> Iterator[Position]:
    for race in exploration.races:
        yield from (race.first, race.second)
    if exploration.counterexample is not None:
        yield from (event.position for event in exploration.counterexample.events)
        yield from (each.position for each in exploration.counterexample.failure.blocked)
