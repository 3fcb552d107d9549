"""What to say where no other Python was found that shows what this one cannot."""

from __future__ import annotations

NO_FREE_THREADED = (
    "no free-threaded Python was found on PATH, in pyenv or in uv."
    " `uv python install 3.14t` adds one"
)
NO_INTERPRETERS = (
    "sub-interpreters that a program can use came with Python 3.14, and none was found on PATH,"
    " in pyenv or in uv. `uv python install 3.14` adds it"
)
