"""Loops that go on until somebody says that they should not: told by the source around them.

What such a loop asks is a variable that is only ever set to constants (`while self.running:`), or
an event (`while not stop.is_set():`, `while not stop.wait(1):`). A loop that counts, or that
empties a list, ends by what it does itself.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKS_AN_EVENT = frozenset({"is_set", "wait"})


def is_until_told(module: ast.Module, line: int) -> bool:
    """Whether one of the loops around a line, in its function, goes on until it is told to stop."""
    constants = _set_to_constants(module)
    for loop in _loops_around(module, line):
        set_by_others = constants - {name for each in loop.body for name in _assigned(each)}
        if any(_is_flag(test, set_by_others) for test in _tests(loop)):
            return True
    return False


def _loops_around(module: ast.Module, line: int) -> Iterator[ast.While]:
    function: ast.AST = module
    for node in ast.walk(module):  # outer ones come first
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _covers(node, line):
            function = node
    for node in _own(function):
        if isinstance(node, ast.While) and _covers(node, line):
            yield node


def _covers(statement: ast.stmt, line: int) -> bool:
    return statement.lineno <= line <= (statement.end_lineno or 0)


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Walk over a function, but not over those inside of it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield node
            yield from _own(node)


def _tests(loop: ast.While) -> Iterator[ast.expr]:
    """Yield the condition of a loop, and those by which it is left, if it goes on for ever."""
    if not isinstance(loop.test, ast.Constant):
        yield loop.test
        return
    for each in loop.body:
        if isinstance(each, ast.If) and isinstance(each.body[-1], ast.Break | ast.Return):
            yield each.test


def _is_flag(test: ast.expr, constants: set[str]) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_flag(operand, constants)
        case ast.BoolOp(values=values):
            return any(_is_flag(each, constants) for each in values)
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _ASKS_AN_EVENT
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in constants
    return False


def _set_to_constants(module: ast.Module) -> set[str]:
    """Return the names of variables and attributes that nothing else is ever assigned to."""
    assigned = list(_assignments(module))
    constant = {name for name, value in assigned if isinstance(value, ast.Constant)}
    return constant - {name for name, value in assigned if not isinstance(value, ast.Constant)}


def _assigned(statement: ast.stmt) -> set[str]:
    return {name for name, _ in _assignments(statement)}


def _assignments(tree: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield names and what is assigned to them; None where no expression says it."""
    for node in ast.walk(tree):
        value: ast.expr | None = None
        targets: list[ast.expr] = []
        match node:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case ast.AugAssign(target=target) | ast.NamedExpr(target=target):
                targets = [target]
            case ast.For(target=target) | ast.AsyncFor(target=target):
                targets = [target]
            case (
                ast.comprehension(target=target) | ast.withitem(optional_vars=ast.expr() as target)
            ):
                targets = [target]
        for target in targets:
            yield from ((name, value) for name in _names(target))


def _names(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
