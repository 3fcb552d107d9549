"""What is called in the block of a `with`: by its syntax."""

from __future__ import annotations

import ast

from gilscope.analysis.asking import name_of_call


def called_within(module: ast.Module, line: int) -> frozenset[str]:
    """Return the names of what is called in the innermost `with` that begins at or around a line.

    Of `lock.acquire()` that is `acquire`. Empty where there is no `with`.
    """
    around = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.With) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(around, key=lambda node: (node.lineno, node.col_offset), default=None)
    if innermost is None:
        return frozenset()
    nodes = (node for each in innermost.body for node in ast.walk(each))
    return frozenset(name_of_call(node) for node in nodes if isinstance(node, ast.Call))
