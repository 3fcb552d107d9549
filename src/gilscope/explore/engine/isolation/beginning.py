"""Sees to it that executions begin alike: puts back what each left, and tells what it cannot.

Of what is left in the library, and of what C code keeps for itself, little is put back. That shows
where the first execution went another way through the user's code than those that follow it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope import _explorer
from gilscope.explore.bytecode.scope import shown_file
from gilscope.explore.engine.isolation.state import Snapshot
from gilscope.explore.engine.patching import replaced
from gilscope.explore.facts import Position

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from types import CodeType

    from gilscope.explore.bytecode.scope import Scope
    from gilscope.explore.engine.isolation.state import Root
    from gilscope.explore.engine.outcome import Ending, Outcome

SETTLING = 8  # first executions: of these the way is noted, and after each all globals looked at


class Way(NamedTuple):
    """That an execution took: of the user's instructions, by hash, and how it ended."""

    instructions: int
    ending: Ending | None  # if it failed
    code: CodeType | None  # where it left the first one's
    offset: int

    def departure(self) -> Position | None:
        """Where it left the first one's."""
        if self.code is None:
            return None
        lines = (line for at, end, line in self.code.co_lines() if at <= self.offset < end)
        file = shown_file(self.code.co_filename)
        return Position(file, next(lines, None) or 0, self.code.co_qualname)


class Beginning:
    """Of all executions of one test."""

    def __init__(self, scope: Scope, lasting: Sequence[Root]) -> None:
        self.is_alone = True  # no thread lives that is not explored
        self.first: Way | None = None
        self.last: Way | None = None
        self._globals = Snapshot(scope.include, lasting)

    def begin(self, execution: int) -> None:
        """Everything is set up for an execution, of this number."""
        if execution <= SETTLING:
            _explorer.note_way(self.first is None)

    def end(self, outcome: Outcome, execution: int) -> None:
        """One has ended, of this number: put back what it changed."""
        if execution <= SETTLING:
            self._note_way(outcome)
            self.settle()
        elif self.is_alone:
            self._globals.restore()

    def _note_way(self, outcome: Outcome) -> None:
        instructions, code, offset = _explorer.way()
        self.last = Way(instructions, outcome.ending, code, offset)
        self.first = self.first or self.last

    def settle(self) -> bool:
        """Put back all globals; True if executions since the last time may have missed some."""
        if not self.is_alone:  # others would not know what happened to what they use, too
            return False
        return self._globals.settle()

    def left_over(self) -> list[str]:
        """Globals that could not be put back to what they were."""
        return self._globals.changed()

    def is_as_first(self) -> bool:
        """Whether the last execution took the way of the first."""
        return self.first is not None and self.last is not None and self.first[:2] == self.last[:2]


def imports_apart(appears: Mapping[str, Callable[[], None]]) -> AbstractContextManager[None]:
    """What runs in the import of a module is no part of an execution's way: only one imports it.

    `appears`: what is called when modules have been imported, by their names.

    Both `import` and `importlib` look this function up each time, in this module.
    """
    bootstrap: Any = sys.modules["importlib._bootstrap"]
    find_and_load = bootstrap._find_and_load  # noqa: SLF001

    def find_and_load_apart(name: str, *args: Any, **options: Any) -> Any:
        before = _explorer.importing(True)  # noqa: FBT003 # positional only
        try:
            found = find_and_load(name, *args, **options)
            if name in appears:
                appears[name]()
        finally:
            _explorer.importing(before)
        return found

    return replaced([(bootstrap, "_find_and_load", find_and_load_apart)])
