"""A place in a program, as the rows of all tables name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A place in the program. `line` is 0 where it is not known.

    Rows name the innermost line of the user's own code, not of the library that it called: it is
    the one that they can change. `inside` tells the library's.
    """

    function: str
    file: str
    line: int
