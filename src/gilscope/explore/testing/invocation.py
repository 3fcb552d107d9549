"""How a command is typed so that it runs as this one does: by the same interpreter and options."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WITH_VALUES = ("-X", "-W", "--check-hash-based-pycs")  # options of Python whose value follows
RUNNERS = ("gilscope", "pytest")


def typed_as(command: str, argv: Sequence[str] = tuple(sys.orig_argv)) -> list[str]:
    """The words that begin a command of `gilscope` or `pytest` in the shell that began this one."""
    options, rest = _options_of(argv[1:])
    if rest[:1] == ["-m"] and rest[1:2] and rest[1] in RUNNERS:
        return [argv[0], *options, "-m", command]
    script = Path(rest[0]) if rest else None
    if script is None or script.name not in RUNNERS:
        return [command]
    beside = script.with_name(command)
    if options or not beside.is_file():
        return [argv[0], *options, "-m", command]
    found = shutil.which(command)
    is_on_path = found is not None and Path(found).resolve() == beside.resolve()
    return [command] if is_on_path else [str(beside)]


def _options_of(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options of the interpreter, and what follows them."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-m", "-c", "-"):
        at += 2 if words[at] in WITH_VALUES else 1
    return list(words[:at]), list(words[at:])
