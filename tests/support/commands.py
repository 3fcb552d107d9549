"""The commands that pages and help texts show, and what they show of their output."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.prose import text_of

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
IN_HELP = re.compile(r"^  (gilscope\b.*?)(?:  +\S.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Command:
    words: str  # for a shell
    shown: str = ""  # below it, on the page


def of_page(path: Path) -> list[Command]:
    found = []
    for language, block in BLOCK.findall(text_of(path)):
        if language == "sh":
            found += [Command(line) for line in block.splitlines() if line.strip()]
        elif language in ("console", ""):
            parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
            found += [Command(*pair) for pair in zip(parts[1::2], parts[2::2], strict=True)]
    return found


def of_help(text: str) -> list[Command]:
    return [Command(words) for words in IN_HELP.findall(text)]


def outline(text: str) -> list[str]:
    """The first word of each paragraph: what stays when a program is run once more.

    What begins with `!` depends on the machine.
    """
    paragraphs = [part.split() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return [words[0] for words in paragraphs if words[0] != "!"]
