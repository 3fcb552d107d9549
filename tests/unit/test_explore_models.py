"""The tables of what functions in C touch: their shape, and how a function is found in them."""

from __future__ import annotations

import _random
import ast
import functools
import importlib
import inspect
import itertools
import operator
import pkgutil
import time
import types
from collections import Counter, OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.explore import models
from gilscope.explore.models import rows
from gilscope.explore.models.rows import (
    ALL_ARGUMENTS,
    ALL_KEYWORDS,
    CALLBACK,
    ELSE_UNREPEATABLE,
    KEY,
    NOT_ATOMIC,
    OUTSIDE,
    REPLACED,
    REQUEST,
    SOURCES,
    WRITE,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODULES = [
    importlib.import_module(f"{models.__name__}.{each.name}")
    for each in pkgutil.iter_modules(models.__path__)
]
FLAGS = (
    rows.NEVER_ATOMIC,
    rows.NOT_ATOMIC,
    rows.LOCKS_LIST,
    rows.LOCKS_SET,
    rows.LOCKS_DICT,
    rows.LOCKS_VIEW,
)


def rows_of(function: object) -> list[rows.Row]:
    model = models.model_of(function)
    assert isinstance(model, bytes), model
    return [(model[i], model[i + 1], model[i + 2]) for i in range(0, len(model), 3)]


def flags(function: object, operand: int, what: int) -> int:
    return next(
        mode for number, found, mode in rows_of(function) if (number, found) == (operand, what)
    )


def parts(kind: type[ast.AST]) -> Iterator[tuple[str, ast.AST, Callable[[ast.expr], Any]]]:
    """Expressions of the tables, and what gives the value of a part of one."""
    for module in MODULES:

        def value(part: ast.expr, module: types.ModuleType = module) -> Any:
            code = ast.fix_missing_locations(ast.Expression(part))
            return eval(compile(code, module.__name__, "eval"), vars(module))

        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, kind):
                yield f"{module.__name__}:{getattr(node, 'lineno', 0)}", node, value


def test_no_table_names_a_function_twice() -> None:
    """Otherwise a row could be removed from a table, and another take its place unnoticed."""
    found: dict[str, Counter[str]] = {}
    for place, node, value in parts(ast.Dict):
        assert isinstance(node, ast.Dict)
        names = [
            each
            for key, part in zip(node.keys, node.values, strict=True)
            for each in (value(part) if key is None else [value(key)])
            if not isinstance(key, ast.JoinedStr | ast.Attribute)
        ]
        found[place] = Counter(map(str, names))
    for place, node, value in parts(ast.Call):
        assert isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name) and node.func.id in ("each", "unknown", "alike"):
            if isinstance(node.args[0], ast.Constant | ast.JoinedStr):
                found[f"{place} call"] = Counter(value(node.args[0]).split())
    twice = {place: [k for k, n in names.items() if n > 1] for place, names in found.items()}
    assert len(found) > 500
    assert {place: names for place, names in twice.items() if names} == {}


def test_no_function_stands_in_two_tables() -> None:
    named = Counter(
        (owner, name)
        for module in MODULES
        for owner, table in getattr(module, "TABLE", {}).items()
        for name in table
    )
    named.update((owner, name) for owner, names in models.UNREPEATABLE.items() for name in names)
    assert [each for each, count in named.items() if count > 1] == []
    assert len(named) > 3000
