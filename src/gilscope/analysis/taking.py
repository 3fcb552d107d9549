"""Loops that take their work from a container, one piece after another: by their syntax."""

from __future__ import annotations

import ast

from gilscope.analysis.asking import name_of_call

TAKES = frozenset({"pop", "popleft", "popitem", "get_nowait", "next"})


def takes_work(module: ast.Module, line: int) -> bool:
    """Whether a loop around a line, in its function, takes something out of a container.

    It may call a function of the same module for that.
    """
    function = max(
        (each for each in _functions(module) if _covers(each, line)),
        key=lambda each: each.lineno,
        default=None,
    )
    if function is None:
        return False
    loops = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.While | ast.For) and _covers(node, line)
    ]
    called = {name for loop in loops for name in _called(loop)}
    helpers = [each for each in _functions(module) if each.name in called]
    return not TAKES.isdisjoint(called.union(*map(_called, helpers)))


def _functions(module: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node for node in ast.walk(module) if isinstance(node, kinds)]


def _covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def _called(node: ast.AST) -> set[str]:
    """Return the last parts of the names of what is called in it."""
    return {name_of_call(each) for each in ast.walk(node) if isinstance(each, ast.Call)}
