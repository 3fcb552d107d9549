"""Markdown as GitHub and GitLab read it, in which nothing that a program chose has a meaning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPECIAL = re.compile(r"[\\`*_{}\[\]!~<>&$]|^[+\-=]|^\d+[.)]$")
# What these sites make a link of, or somebody's notification, wherever it stands outside of code.
_LINKED = re.compile(r"[@#]|://|\bwww\.", re.IGNORECASE)
_RUNS = re.compile("`+")


def code(text: str) -> str:
    """A text as code, to the letter."""
    shown = clean(text)
    if not shown.strip():
        return ""
    longest = max((len(run) for run in _RUNS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{space}{shown}{space}{fence}"


def prose(text: str) -> str:
    """A sentence of gilscope's own, in which `code` stands between backticks."""
    parts = clean_sentence(text).split("`")
    return "".join(code(part) if number % 2 else _words(part) for number, part in enumerate(parts))


def clean_sentence(text: str) -> str:
    """Sentences are longer than names may be."""
    return " ".join(clean(word) for word in text.split(" "))


def table(heading: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> list[str]:
    """Lines of a table whose last columns are `numbers`; cells are Markdown already."""
    count = len(heading)
    marks = [":--"] * (count - numbers) + ["--:"] * numbers
    return [_row(heading), _row(marks), *map(_row, rows)]


def details(summary: str, lines: Sequence[str], *, is_open: bool = False) -> list[str]:
    """What can be unfolded; nothing where there is nothing. `summary` is gilscope's own words."""
    if not lines:
        return []
    opened = " open" if is_open else ""
    return [f"<details{opened}><summary>{summary}</summary>", "", *lines, "", "</details>", ""]


def _row(cells: Sequence[str]) -> str:
    # A bar ends a cell, in code as well, unless it is escaped.
    inside = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(inside)} |"


def _words(text: str) -> str:
    return " ".join(_word(word) for word in text.split(" "))


def _word(word: str) -> str:
    return code(word) if _LINKED.search(word) else _SPECIAL.sub(_escaped, word)


def _escaped(found: re.Match[str]) -> str:
    text = found[0]
    if text in "<>&":
        return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}[text]
    return f"{text[:-1]}\\{text[-1]}"
