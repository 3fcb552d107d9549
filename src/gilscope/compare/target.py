"""What to compare: `fib.py:fib`, `package.module:function`, or a function of the caller's."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Target:
    """A function that other processes can find: a file or module, and a name in it.

    `path` is put on their sys.path, so that the file's own imports work there, too.
    """

    source: str
    name: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return f"{Path(self.source).name if self.path else self.source}:{self.name}"


def parse(text: str) -> Target:
    source, colon, name = text.rpartition(":")
    if not colon or not source or not name:
        raise GilscopeError(
            f"not a function: {text}", "write FILE.py:FUNCTION or PACKAGE.MODULE:FUNCTION"
        )
    if not source.endswith(".py"):
        return Target(source, name, ())
    file = Path(source).absolute()
    if not file.is_file():
        raise GilscopeError(f"no such file: {source}")
    return Target(str(file), name, (str(file.parent),))


def of_function(function: Callable[..., Any]) -> Target:
    """The target that finds this function again in another process."""
    name = function.__qualname__
    if "<" in name:
        raise GilscopeError(
            f"{name} exists only where it was made: other processes cannot find it",
            "compare a function that is defined at the top of a module",
        )
    module = sys.modules.get(function.__module__)
    if module is not None and module.__name__ != "__main__":
        folders = tuple(entry for entry in sys.path if entry)
        return Target(module.__name__, name, folders)
    try:
        file = Path(inspect.getsourcefile(function) or "").absolute()
    except TypeError:
        file = Path()
    if not file.is_file():
        raise GilscopeError(
            f"{name} has no source file: other processes cannot find it",
            "put it into a file, and compare FILE.py:FUNCTION",
        )
    return Target(str(file), name, (str(file.parent),))
