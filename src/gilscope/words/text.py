"""Safe text: what a program chose cannot steer a terminal, and any encoding can print it."""

from __future__ import annotations

import functools
import shlex
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CHARACTERS = 400
MOST_MARKS = 2
VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # they change a character's width
# What each of our own glyphs becomes, one for one, where the stream's encoding cannot print it.
PLAIN_GLYPHS = {
    "▇": "#",
    "░": "-",
    "▒": "+",
    "·": ".",
    "▌": "|",
    "━": "=",
    "→": ">",
    "←": "<",
    "…": "~",
    "▶": "*",
    "µ": "u",
}
# The same in what is not laid out yet, where clarity may take more room.
PLAIN_WORDS = PLAIN_GLYPHS | {"·": "-", "→": "->", "←": "<-", "…": "..."}


def clean(text: str, encoding: str = "utf-8", most_characters: int = MOST_CHARACTERS) -> str:
    """Escape what is not a visible character, and what the encoding cannot print.

    What is longer than `most_characters` is cut.
    """
    if text.isascii() and text.isprintable():
        return text[:most_characters]
    shown: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text[:most_characters]):
        category = _category(character)
        # Marks belong to letters, in many scripts; on anything else they would upset the layout.
        marks = marks + 1 if category in ("Mn", "Mc") else 0
        on_letter = bool(shown) and _category(shown[-1][-1])[0] in "LM"
        if marks and not (on_letter and marks <= MOST_MARKS and character not in VARIATIONS):
            shown.append(_escape(character))
        else:
            shown.append(_show(character, category, encoding))
    return "".join(shown)


def shell_word(word: str, encoding: str = "utf-8") -> str:
    """Write a word of a command, so that it is the same word where it is pasted."""
    if clean(word, encoding) == word:
        return shlex.quote(word)
    try:
        data = word.encode("utf-8", "surrogateescape")  # as file names are, in Python
    except UnicodeEncodeError:
        data = word.encode("utf-8", "replace")
    plain = set(range(0x20, 0x7F)) - set(b"'\\")
    written = (chr(each) if each in plain else f"\\{each:03o}" for each in data)
    return f"$'{''.join(written)}'"


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """Write `a`, `a and b`, `a, b and c`; there must be one."""
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def _show(character: str, category: str, encoding: str) -> str:
    if character == "\t":
        return " "
    # C: control, format (which includes the bidirectional overrides), surrogates, unassigned.
    if category[0] == "C" or category in ("Me", "Zl", "Zp"):
        return _escape(character)
    if _printable(character, encoding):
        return character
    return PLAIN_WORDS.get(character) or _escape(character)


def printable(text: str, encoding: str) -> str:
    """A sentence of gilscope's own, in what the encoding has; its lines and their layout stay."""
    return "".join(
        each if _printable(each, encoding) else PLAIN_WORDS.get(each) or _escape(each)
        for each in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


_category = functools.lru_cache(maxsize=4096)(unicodedata.category)


def plain_glyphs(encoding: str) -> dict[int, str]:
    """Give a table for `str.translate`; empty where the encoding has all of our glyphs."""
    return {
        ord(glyph): plain
        for glyph, plain in PLAIN_GLYPHS.items()
        if not _printable(glyph, encoding)
    }


def _printable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True
