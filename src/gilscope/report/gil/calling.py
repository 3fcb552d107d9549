"""How sentences name lines of code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.gc_ import is_collection

if TYPE_CHECKING:
    from gilscope.analysis.model import Line
    from gilscope.words.places import Places


def place(line: Line, places: Places) -> str:
    if is_collection(line):
        return "the garbage collector"
    return f"`{places.of(line)}`" if line.file else line.function


def called(line: Line, inside: Line | None, places: Places) -> str:
    """Name a line, and what ran in the library that it called."""
    return place(line, places) + (f" (in {place(inside, places)})" if inside else "")
