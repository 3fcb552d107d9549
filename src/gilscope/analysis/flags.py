"""How loops end, as the source around them says: by themselves, or because somebody told them to.

What such a loop asks is a variable that is only ever set to constants (`while self.running:`), or
an event (`while not stop.is_set():`, `while not stop.wait(1):`). A loop that counts, or that
empties a list, ends by what it does itself.
"""

from __future__ import annotations

import ast
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

_ASKS_AN_EVENT = frozenset({"is_set", "wait"})
_CLOCKS = frozenset({"time", "monotonic", "perf_counter", "now"})
_CLOCKS |= {f"{each}_ns" for each in _CLOCKS}


class Ends(Enum):
    """Why a piece of code does not go on for ever."""

    ITSELF = "itself"  # it is in no loop, or in loops that end by what is done in them
    TOLD = "told"
    CLOCK = "clock"  # it goes on until some moment
    UNKNOWN = "unknown"


def ends_of(module: ast.Module, line: int, constants: AbstractSet[str] | None = None) -> Ends:
    """Say of a line why the loops around it, in its function, end.

    `constants` are those of the module (`set_to_constants`): whoever asks often looks once.
    """
    if constants is None:
        constants = set_to_constants(module)
    found = Ends.ITSELF
    for loop in _loops_around(module, line):
        changed = {name for each in loop.body for name in _changed(each)}
        tests = list(_tests(loop))
        if any(_stops(test, _Flags(constants - changed)) for test in tests):
            return Ends.TOLD
        if any(_stops(test, _asks_the_time) for test in tests):
            return Ends.CLOCK
        if not tests or not all(changed.intersection(_names(test)) for test in tests):
            found = Ends.UNKNOWN
    return found


def _changed(statement: ast.stmt) -> set[str]:
    """Return names that it assigns to, or calls methods of."""
    called = {
        name
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        for name in _names(node.func.value)
    }
    return called | {name for name, _ in _assignments(statement)}


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
    """Yield conditions each of which has to be true for a loop to go on; not if it may be left
    from within only by a `return` or an exception somewhere in it.
    """
    if not isinstance(loop.test, ast.Constant):
        yield loop.test
        return
    for each in loop.body:
        if isinstance(each, ast.If) and isinstance(each.body[-1], ast.Break | ast.Return):
            yield ast.UnaryOp(ast.Not(), each.test)


def _stops(test: ast.expr, is_one: Callable[[ast.expr], bool]) -> bool:
    """Whether such a thing as `is_one` knows is enough for a condition to be false."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.UnaryOp(op=ast.Not(), operand=inner)):
            return _stops(inner, is_one)
        case ast.UnaryOp(op=ast.Not(), operand=ast.BoolOp(op=op, values=values)):
            negated: list[ast.expr] = [ast.UnaryOp(ast.Not(), each) for each in values]
            return _stops(ast.BoolOp(_OTHER[type(op)](), negated), is_one)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _stops(operand, is_one)
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_stops(each, is_one) for each in values)
        case ast.BoolOp(values=values):
            return all(_stops(each, is_one) for each in values)
    return is_one(test)


class _Flags:
    """Knows what others set: events, and variables that only get constants."""

    def __init__(self, constants: AbstractSet[str]) -> None:
        self._constants = constants

    def __call__(self, test: ast.expr) -> bool:
        match test:
            case ast.Call(func=ast.Attribute(attr=name)):
                return name in _ASKS_AN_EVENT
            case ast.Name(id=name) | ast.Attribute(attr=name):
                return name in self._constants
        return False


def _asks_the_time(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and any(
        isinstance(node, ast.Call) and _CLOCKS.intersection(list(_names(node.func))[:1])
        for node in ast.walk(test)
    )


_OTHER: dict[type[ast.boolop], type[ast.boolop]] = {ast.And: ast.Or, ast.Or: ast.And}


def set_to_constants(module: ast.Module) -> set[str]:
    """Return the names of variables and attributes that nothing else is ever assigned to."""
    assigned = list(_assignments(module))
    constant = {name for name, value in assigned if isinstance(value, ast.Constant)}
    return constant - {name for name, value in assigned if not isinstance(value, ast.Constant)}


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
