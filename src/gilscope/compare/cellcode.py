"""What a function of a notebook is made of, as the text of a file that any Python can run.

Functions and classes of cells are taken by their text, with the functions, classes and imports that
they use; all other values by pickle. What cannot be had so can still be sent by value, to the same
version of Python only.
"""

from __future__ import annotations

import ast
import pickle
import symtable
import sys
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from gilscope.cells import current_cells
from gilscope.compare.parcel import MAIN, PROTOCOL, names_in_main

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = "notebook_cells.py"
_TEXT = """\
# Made of the cells of a notebook by gilscope.compare.
from gilscope_host.typed import build

build(__name__, {steps!r})
"""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class NotTyped(Exception):  # noqa: N818 - it is no error: there is another way
    """It is not made of cells alone."""


@dataclass(frozen=True, slots=True)
class _Definition:
    """Text of a cell, which is compiled as a file of its own name."""

    file: str
    cell: str
    line: int
    text: str
    is_decorated: bool

    def gave(self, value: Any) -> bool:
        """Whether a name still has what this made, as far as decorators let that be known."""
        if self.is_decorated or isinstance(value, type):
            return True
        code = value.__code__ if isinstance(value, FunctionType) else None
        return code is not None and (code.co_filename, code.co_firstlineno) == (
            self.file,
            self.line,
        )


def cell_code(names: Iterable[str]) -> str:
    """Return a file that defines these names of `__main__`, and all that they need.

    Raises:
        NotTyped: one of them, or of what they need, is neither text of a cell nor a value.
    """
    code = _Code()
    for name in names:
        code.add(name)
    return _TEXT.format(steps=code.steps)


class _Code:
    def __init__(self) -> None:
        self.steps: list[tuple[Any, ...]] = []
        self._names = vars(sys.modules[MAIN])
        self._added: set[str] = set()
        self._definitions: dict[str, _Definition] = {}
        for file, (cell, text) in current_cells().items():
            for name, found in _defined(file, cell, text):
                self._definitions[name] = found  # the cell that was run last counts

    def add(self, name: str) -> None:
        if name in self._added or name not in self._names:
            return  # the rest are builtins, or missing in the notebook, too
        self._added.add(name)
        value = self._names[name]
        if isinstance(value, ModuleType):
            self.steps.append(("module", name, value.__name__))
        elif _is_imported(value):
            self.steps.append(("from", name, value.__module__, value.__name__))
        elif name in self._definitions and self._definitions[name].gave(value):
            self._add_definition(self._definitions[name])
        elif isinstance(value, type | FunctionType):  # a pickle would only name it
            raise NotTyped(name)
        else:
            self._add_value(name, value)

    def _add_definition(self, definition: _Definition) -> None:
        for each in sorted(_needed(definition)):
            self.add(each)
        self.steps.append(("code", definition.cell, definition.line, definition.text))

    def _add_value(self, name: str, value: Any) -> None:
        try:
            content, used = pickle.dumps(value, PROTOCOL), names_in_main(value)
        except Exception as error:  # whatever the user's classes do
            raise NotTyped(name) from error
        if MAIN.encode() in content and not used:  # by its own name, as what `lru_cache` makes
            raise NotTyped(name)
        for each in sorted(used):
            self.add(each)
        self.steps.append(("value", name, content))


def _defined(file: str, cell: str, text: str) -> Iterable[tuple[str, _Definition]]:
    """The functions and classes that a cell defines, with their decorators; and named lambdas."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return
    for node in body:
        if isinstance(node, _DEFINITIONS):
            name, decorators = node.name, node.decorator_list
            line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        elif (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Lambda)
            and isinstance(node.targets[0], ast.Name)
        ):
            name, line, decorators = node.targets[0].id, node.lineno, []
        else:
            continue
        lines = text.split("\n")[line - 1 : node.end_lineno]
        yield name, _Definition(file, cell, line, "\n".join(lines), bool(decorators))


def _needed(definition: _Definition) -> set[str]:
    """The global names that it refers to, at its beginning or when it runs."""
    found: set[str] = set()
    tables = [symtable.symtable(definition.text, definition.cell, "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        is_module = table.get_type() == "module"
        found |= {
            each.get_name()
            for each in table.get_symbols()
            if (each.is_referenced() if is_module else each.is_global())
        }
    return found


def _is_imported(value: Any) -> bool:
    """Whether it can be imported by its own name."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == MAIN:
        return False
    return getattr(sys.modules.get(module), name, None) is value
