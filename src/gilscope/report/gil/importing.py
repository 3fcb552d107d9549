"""What importing a file would do, as far as its text says: nothing, or the program once more."""

from __future__ import annotations

import ast

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def does_nothing(module: ast.Module) -> bool:
    """Whether it only defines things: whatever else it does, it would do in each worker."""
    own = {
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return all(_is_harmless(node, own) for node in module.body)


def has_relative_imports(module: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(module))


def _is_harmless(node: ast.stmt, own: set[str]) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return not _calls(node, own)
        case ast.If():
            skipped = _is_main_guard(node.test)
            return all(_is_harmless(each, own) for each in node.orelse) and (
                skipped or all(_is_harmless(each, own) for each in node.body)
            )
        case ast.Try():
            bodies = (node.body, node.orelse, node.finalbody, *(h.body for h in node.handlers))
            return all(_is_harmless(each, own) for body in bodies for each in body)
        case _:
            return isinstance(node, DEFINITIONS)


def _is_main_guard(test: ast.expr) -> bool:
    return "__name__" in ast.unparse(test) and "__main__" in ast.unparse(test)


def _calls(node: ast.stmt, own: set[str]) -> bool:
    """Whether it calls a function of the module itself, which may be the whole program."""
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in own
        for each in ast.walk(node)
    )
