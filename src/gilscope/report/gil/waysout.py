"""The command that measures the ways out of the GIL: only where it runs as it is printed."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.analysis.model import VerdictKind

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, Line
    from gilscope.report.terminal.source import Sources


def ways_out(analysis: Analysis, sources: Sources) -> str:
    """A sentence with what to call, or nothing where there is no such function any more."""
    if analysis.verdict.kind is not VerdictKind.CPU_BOUND or not analysis.blame:
        return ""
    line = analysis.blame[0].line
    function = _function_of(line, sources)
    if function is None:
        return ""
    needed, target = _needed(function), _target(Path(line.file))
    if needed is None or not target:
        return ""
    called = shlex.quote(f"{target}:{function.name}")
    if not needed:
        return f"Measure the ways out: `gilscope compare {called}`"
    values = "a value" if len(needed) == 1 else "values"
    names = " and ".join(f"`{name}`" for name in needed)
    return (
        f"To measure the ways out, give gilscope compare the function `{called}`, and with --args"
        f" {values} for {names}."
    )


def _function_of(line: Line, sources: Sources) -> ast.FunctionDef | None:
    """The function at the top of its module that the line is in."""
    if not line.file.endswith(".py"):
        return None
    text = "\n".join(sources.lines(line.file))
    if line.file in sources.changed:  # known once it is read
        return None
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    name = line.function.partition(".<locals>")[0]
    functions = (node for node in module.body if isinstance(node, ast.FunctionDef))
    return next((each for each in functions if each.name == name), None)


def _target(file: Path) -> str:
    """How `gilscope compare` finds the file from here; nothing if it does not."""
    package = file.parent
    while (package / "__init__.py").is_file():
        package = package.parent
    here = Path.cwd()
    if package == file.parent:
        return str(file.relative_to(here) if file.is_relative_to(here) else file)
    # Its own imports may be relative, so it can be imported by its full name only.
    if not file.is_absolute():
        file, package = here / file, here / package
    names = file.relative_to(package).with_suffix("").parts
    return ".".join(names) if package == here else ""


def _needed(function: ast.FunctionDef) -> list[str] | None:
    """What it cannot be called without; None where calling it with that does not do its work."""
    arguments = function.args
    by_keyword_only = any(default is None for default in arguments.kw_defaults)
    is_generator = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))
    if by_keyword_only or is_generator or function.decorator_list:
        return None
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    return positional[: len(positional) - len(arguments.defaults)]
