"""What threads and places of an exploration are called: briefly, and so that none is confused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gilscope.words.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.explore.facts import Position
    from gilscope.explore.results import Exploration


class Naming:
    """Names for one exploration."""

    def __init__(self, exploration: Exploration) -> None:
        found = exploration.counterexample
        self._names = found.threads if found is not None else ()
        self._uses = Counter(self._names)
        self._places = Places(position.file for position in _positions(exploration))

    def thread(self, number: int) -> str:
        """Its name; where others have the same one, or it has none, its number, too."""
        name = self._names[number] if 0 <= number < len(self._names) else ""
        if not name:
            return f"thread {number}"
        return name if self._uses[name] == 1 else f"{name} #{number}"

    def file(self, file: str) -> str:
        return self._places.file(file)

    def place(self, position: Position) -> str:
        """`bank.py:12`."""
        return self._places.of(position)


def _positions(exploration: Exploration) -> Iterator[Position]:
    for race in exploration.races:
        yield from (race.first, race.second)
    if exploration.counterexample is not None:
        yield from (event.position for event in exploration.counterexample.events)
        yield from (each.position for each in exploration.counterexample.failure.blocked)
