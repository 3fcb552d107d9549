"""What to call the program that was recorded: from sys.orig_argv to one short name."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# The interpreter's options end with these; others may be in one word with them, before.
_LAST = re.compile(r"-[bBdEhiIOPqRsSuvVx?]*(?P<letter>[cm])(?P<value>.*)", re.DOTALL)
# Options of the interpreter that are followed by a value.
_WITH_VALUE = frozenset({"-W", "-X", "--check-hash-based-pycs"})


def program_name(argv: Sequence[str]) -> str:
    """Name the script, `-m module` or `-c`; the command itself where it is no interpreter."""
    if not argv:
        return ""
    rest = list(argv[1:])
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        last = _LAST.match(option)  # others may come before it: `-Sc`
        if last is not None and last["letter"] == "m":
            return f"-m {last['value'] or (rest[0] if rest else '')}".strip()
        if last is not None:
            return "-c"
        if option in _WITH_VALUE and rest:
            rest.pop(0)
    is_python = PurePath(argv[0]).name.lower().startswith(("python", "pypy"))
    if is_python and rest:
        return rest[0] if rest[0] == "-" else PurePath(rest[0]).name
    return PurePath(argv[0]).name
