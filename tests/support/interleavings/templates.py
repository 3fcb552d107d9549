"""Statements of random programs that are written as text with gaps."""

from __future__ import annotations

import re
import sys
from string import Template as Text
from typing import TYPE_CHECKING

from .bodies import GLOBALS, STATE

if TYPE_CHECKING:
    from .bodies import Body

WORD = re.compile(r"[A-Za-z_]\w*")
CHANGED = re.compile(r"^\s*(?:del )?(\w+)(?: [-+*|&^]?=.*)?$", re.MULTILINE)


class Template:
    """A kind of statement. Its gaps:

    $key, $other     of the program's kind of keys; $pattern: the same where only a pattern may be
    $value           of the program's kind of values
    $number          says which thread it is from; $ten: 1 for the first thread, 10 for the next
    $result, $more   variables that are part of the final state
    $place           a variable that threads share
    """

    def __init__(self, name: str, *texts: str) -> None:
        self.__name__ = name
        self.texts = [text.strip("\n") for text in texts]

    def __call__(self, body: Body) -> list[str]:
        text = _of_this_version(body.rng.choice(self.texts))
        body.raises = True
        filled = Text(text).substitute(_Gaps(body))
        used = set(WORD.findall(filled))
        body.use(*(name for name in STATE if name in used and name != "Box"))
        body.use(*({"Box"} & used if "Box.made" in filled else ()))
        changed = set(CHANGED.findall(filled)) & STATE.keys()
        body.globals_ |= changed & set(GLOBALS)
        body.nonlocals |= changed - set(GLOBALS)
        return filled.splitlines()


def _of_this_version(text: str) -> str:
    """After `#@3.14`, a form with the syntax of that version, which does the same."""
    older, since, newer = text.partition("#@3.")
    minor, _, newer = newer.partition("\n")
    return newer if since and sys.version_info >= (3, int(minor)) else older.rstrip("\n")


class _Gaps(dict[str, str]):
    """Fills a gap when it is met, the same wherever it comes in one statement."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self._body = body

    def __missing__(self, gap: str) -> str:
        body = self._body
        key = body.any_key()
        filled = self[gap] = {
            "key": lambda: key,
            "other": lambda: body.rng.choice(body.kind.keys),
            "pattern": lambda: body.kind.pattern(key),
            "value": lambda: body.rng.choice(body.values.keys),
            "number": lambda: str(body.number()),
            "ten": lambda: str(10**body.thread),
            "result": body.result,
            "more": body.result,
            "place": body.place,
        }[gap]()
        return filled


def table(text: str) -> list[Template]:
    """A template for each paragraph; its first line is `# name`, and `#` alone parts variants."""
    found = []
    for paragraph in text.strip("\n").split("\n\n"):
        head, _, rest = paragraph.partition("\n")
        found.append(Template(head.removeprefix("# "), *rest.split("\n#\n")))
    return found
