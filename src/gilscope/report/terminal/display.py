"""What the stream at hand can show: its width, colours and characters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from rich.console import Console

from gilscope.words.text import plain_glyphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.text import Text

NARROWEST = 80
WIDEST = 120  # longer lines are harder to follow with the eye
WIDTH_OF_FILES = 100


def width_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> int:
    asked = environment.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and int(asked) > 0:
        columns = int(asked)
    else:
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError, AttributeError):
            columns = 0
    return min(max(columns or WIDTH_OF_FILES, NARROWEST), WIDEST)


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    if environment.get("NO_COLOR"):  # https://no-color.org
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return environment.get("TERM") != "dumb" and stream.isatty()


def encoding_of(stream: TextIO) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


def write(lines: Iterable[Text], stream: TextIO, *, colour: bool) -> None:
    glyphs = plain_glyphs(encoding_of(stream))
    # Only the sixteen colours that users choose themselves: readable on light and dark.
    console = Console(
        file=stream,
        width=WIDEST * 2,  # lines come fitted; nothing is wrapped here
        color_system="standard",
        force_terminal=True,
        force_jupyter=False,
        legacy_windows=False,
        _environ={},
    )
    for line in lines:
        line.rstrip()
        line.plain = line.plain.translate(glyphs)
        if colour:
            console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)
        else:
            stream.write(line.plain + "\n")
    stream.flush()
