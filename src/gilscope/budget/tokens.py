"""The words of a condition, and where they are in its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from gilscope.errors import GilscopeError

MOST_CHARACTERS = 5_000
END = "end"
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[A-Za-z_µ]\w*(?:\[\])?(?:\.[A-Za-z_]\w*(?:\[\])?)*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign><=|>=|==|!=|[<>(),%-])
    )""",
    re.VERBOSE | re.DOTALL,
)
# What people write who think of another language, and what it is called here.
_ELSEWHERE = (
    ("&&", "write: and"),
    ("||", "write: or"),
    ("!", "write: not"),
    ("=", "write: =="),
    ("[", 'of a list: any(threads.wait_s > 100ms), max(threads.wait_s), or "sum", "min", "len"'),
    ("+", "there is no arithmetic"),
    ("*", "there is no arithmetic"),
    ("/", "there is no arithmetic: shares of the run have names that end in _fraction"),
    ('"', "the text has no end"),
    ("'", "the text has no end"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is "number", "name", "text", "sign" or "end"."""

    kind: str
    text: str
    at: int
    end: int


def refuse(text: str, at: int, message: str, hint: str = "") -> NoReturn:
    """Say what is wrong, and where in the condition.

    Raises:
        GilscopeError: always.
    """
    shown = text if len(text) <= 200 else f"{text[:200]}…"
    raise GilscopeError(f"{message}, at column {at + 1} of {shown!r}", hint)


def tokens_of(text: str) -> list[Token]:
    """Split a condition into words; the last one is its end.

    Raises:
        GilscopeError: a character that has no meaning here.
    """
    if len(text) > MOST_CHARACTERS:
        refuse(text, MOST_CHARACTERS, f"a condition has at most {MOST_CHARACTERS:,} characters")
    found = []
    at = 0
    while match := _TOKEN.match(text, at):
        assert match.lastgroup is not None
        start = match.start(match.lastgroup)
        found.append(Token(match.lastgroup, match[match.lastgroup], start, match.end()))
        at = match.end()
    rest = text[at:].lstrip()
    at = len(text) - len(rest)
    if rest:
        hint = next((hint for word, hint in _ELSEWHERE if rest.startswith(word)), "")
        refuse(text, at, f"unexpected {rest[:2] if rest[:2] in ('&&', '||') else rest[0]!r}", hint)
    return [*found, Token(END, "", len(text), len(text))]


def unescaped(token: Token) -> str:
    """What a quoted text says."""
    return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
