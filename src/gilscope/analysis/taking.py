"""Loops around a line, and whether they take their work from a container: by their syntax."""

from __future__ import annotations

import ast

from gilscope.analysis.asking import name_of_call

_STATEMENTS = (ast.While, ast.For, ast.AsyncFor)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
TAKES = frozenset({"pop", "popleft", "popitem", "get_nowait", "next"})


def takes_work(module: ast.Module, line: int) -> bool:
    """Whether a loop around a line, in its function, takes something out of a container.

    It may call a function of the same module for that.
    """
    called = {name for loop in _loops_around(module, line, _STATEMENTS) for name in _called(loop)}
    helpers = [each for each in _functions(module) if each.name in called]
    return not TAKES.isdisjoint(called.union(*map(_called, helpers)))


def is_in_loop(module: ast.Module, line: int) -> bool:
    """Whether a line, in its function, may be come to again: in a loop, or in a comprehension."""
    return bool(_loops_around(module, line, _STATEMENTS + _COMPREHENSIONS))


def _loops_around(module: ast.Module, line: int, kinds: tuple[type[ast.AST], ...]) -> list[ast.AST]:
    around = (each for each in _functions(module) if _covers(each, line))
    function = max(around, key=lambda each: each.lineno, default=module)
    return [node for node in ast.walk(function) if isinstance(node, kinds) and _covers(node, line)]


def _functions(module: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node for node in ast.walk(module) if isinstance(node, kinds)]


def _covers(node: ast.AST, line: int) -> bool:
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None) or 0
    return bool(first <= line <= last)


def _called(node: ast.AST) -> set[str]:
    """Return the last parts of the names of what is called in it."""
    return {name_of_call(each) for each in ast.walk(node) if isinstance(each, ast.Call)}
