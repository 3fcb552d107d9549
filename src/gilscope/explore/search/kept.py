"""An exhaustive search that is left for a while, and goes on where it was."""

from __future__ import annotations

from gilscope.explore.search.dpor import Exhaustive


class KeptSearch:
    """Goes on as long as all is still known that it began with: else it begins anew."""

    def __init__(self) -> None:
        self._search = Exhaustive()
        self._known: object = None

    def at(self, known: object) -> Exhaustive:
        """The search. Its executions count as long as what they were run with is equal."""
        if known != self._known:
            self._search, self._known = Exhaustive(), known
        return self._search

    def repeat(self) -> None:
        """Its last execution was not run to its end."""
        self._search.repeat()

    def forget(self) -> None:
        """What its executions have shown is not true of those to come."""
        self._known = None
