"""What a report is to be about, as the command line says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gilscope.cli.moments import Moment


@dataclass(frozen=True, slots=True)
class Choice:
    """A process, by its pid (and host), and a window of time."""

    process: tuple[int, str | None] | None = None
    since: Moment | None = None
    until: Moment | None = None

    @property
    def has_window(self) -> bool:
        return self.since is not None or self.until is not None


EVERYTHING = Choice()
