"""Other Pythons that show what this one cannot, and what to say where there is none."""

from __future__ import annotations

from gilscope.compare.pythons import Python, find_first, free_threaded

WITH_INTERPRETERS = ("3.15", "3.14")
NO_FREE_THREADED = (
    "no free-threaded Python was found on PATH, in pyenv or in uv."
    " `uv python install 3.14t` adds one"
)
NO_INTERPRETERS = (
    "sub-interpreters that a program can use came with Python 3.14, and none was found on PATH,"
    " in pyenv or in uv. `uv python install 3.14` adds it"
)


def without_gil() -> Python | None:
    return free_threaded()


def with_interpreters() -> Python | None:
    """A Python that has a GIL, and sub-interpreters with a GIL each."""
    return find_first(WITH_INTERPRETERS)
