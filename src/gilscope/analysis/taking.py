"""Loops that take their work from a container, one piece after another: by their syntax."""

from __future__ import annotations

import ast

from gilscope.analysis.asking import name_of_call

TAKES = frozenset({"pop", "popleft", "popitem", "get_nowait", "next"})


def takes_work(module: ast.Module, line: int) -> bool:
    """Whether a loop around a line, in its function, takes something out of a container."""
    around = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= line <= (node.end_lineno or 0)
    ]
    function = max(around, key=lambda node: node.lineno, default=None)
    loops = [
        node
        for node in (ast.walk(function) if function is not None else ())
        if isinstance(node, ast.While | ast.For) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    nodes = (node for loop in loops for node in ast.walk(loop))
    return any(isinstance(node, ast.Call) and name_of_call(node) in TAKES for node in nodes)
