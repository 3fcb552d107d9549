"""Code that was typed into a notebook, as a module that every process makes for itself."""

from __future__ import annotations

import importlib
import io
import pickle
import sys
from typing import TYPE_CHECKING, Any

from .source import load

if TYPE_CHECKING:
    from collections.abc import Sequence

MAIN = "__main__"


class _Unpickler(pickle.Unpickler):
    """Finds what `__main__` defined, where the pickle was made, in what stands for it."""

    def __init__(self, content: bytes, names: dict[str, Any]) -> None:
        super().__init__(io.BytesIO(content))
        self._names = names

    def find_class(self, module: str, name: str) -> Any:
        if module != MAIN:
            return super().find_class(module, name)
        first, *rest = name.split(".")
        found = self._names[first]
        for part in rest:
            found = getattr(found, part)
        return found


def unpickled(content: bytes, source: str) -> Any:
    """What was pickled by the program that compares; `source` is the file that stands for it."""
    if not source.endswith(".py"):
        return pickle.loads(content)  # noqa: S301 - our own
    return _Unpickler(content, vars(load(source))).load()


def build(module: str, steps: Sequence[Sequence[Any]]) -> None:
    """Define names in a module that is being imported, each after what it is made of.

    Steps are: `module`, name, which; `from`, name, which module, name there; `code`, file, line,
    text; `value`, name, pickle.
    """
    names = vars(sys.modules[module])
    for kind, *rest in steps:
        if kind == "module":
            names[rest[0]] = importlib.import_module(rest[1])
        elif kind == "from":
            names[rest[0]] = getattr(importlib.import_module(rest[1]), rest[2])
        elif kind == "code":
            file, line, text = rest
            code = compile("\n" * (line - 1) + text, file, "exec")
            exec(code, names)  # noqa: S102 - the user's own code
        else:
            names[rest[0]] = _Unpickler(rest[1], names).load()
