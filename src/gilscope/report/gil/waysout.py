"""The command that measures the ways out of the GIL: only where it runs as it is printed."""

from __future__ import annotations

import ast
import shlex
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.analysis.model import VerdictKind
from gilscope.predict import is_about
from gilscope.report.gil.gains import releasing
from gilscope.report.gil.importing import does_nothing, has_relative_imports

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, Line
    from gilscope.predict import Prediction
    from gilscope.sources import Sources

# What can be written after --args: the literals of Python.
LITERAL = {"bool", "bytes", "complex", "dict", "float", "int", "list", "set", "str", "tuple", "Any"}


@dataclass(frozen=True, slots=True)
class WayOut:
    """`command` runs as it is if nothing is `missing`: else values for those parameters."""

    command: str
    missing: tuple[str, ...]


def way_out(
    analysis: Analysis, sources: Sources, prediction: Prediction | None = None
) -> WayOut | None:
    """The command for the outermost function of a thread that can be called alone.

    There is none where it is predicted that no line is worth to be run elsewhere.
    """
    if analysis.verdict.kind is not VerdictKind.CPU_BOUND:
        return None
    if prediction is not None and is_about(prediction, analysis) and not any(releasing(prediction)):
        return None
    found = (way_out_of(line, sources) for line in analysis.verdict.facts.task)
    return next((each for each in found if each is not None), None)


def way_out_of(line: Line, sources: Sources) -> WayOut | None:
    """The command for one function, named by a line of it."""
    module = _module(line.file, sources)
    if module is None or not does_nothing(module):
        return None
    functions = [
        node
        for node in module.body
        if isinstance(node, ast.FunctionDef) and node.name == line.function
    ]
    target = _target(Path(line.file), relative=has_relative_imports(module))
    if len(functions) != 1 or not target:
        return None
    missing = _needed(functions[0])
    if missing is None:
        return None
    values = "".join(f" <{name}>" for name in missing)
    command = f"gilscope compare {shlex.quote(f'{target}:{line.function}')}"
    return WayOut(f"{command} --args{values}" if missing else command, tuple(missing))


def _module(file: str, sources: Sources) -> ast.Module | None:
    """What the file says, if that is what ran."""
    if not file.endswith(".py"):
        return None
    text = "\n".join(sources.lines(file))
    if not text or file in sources.changed:  # known once it is read
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _target(file: Path, *, relative: bool) -> str:
    """How `gilscope compare` finds the file from here; nothing if it does not."""
    here = Path.cwd()
    file = file if file.is_absolute() else here / file
    package = file.parent
    while (package / "__init__.py").is_file():
        package = package.parent
    if package == file.parent and not relative:
        name = str(file.relative_to(here) if file.is_relative_to(here) else file)
        return f"./{name}" if name.startswith("-") else name
    if package == file.parent:  # a package without __init__.py begins anywhere
        package = here
    if not file.is_relative_to(package):
        return ""
    # Its own imports may be relative, so it can be imported by its full name only.
    names = file.relative_to(package).with_suffix("").parts
    importable = all(name.isidentifier() for name in names) and _begins(names[0], package)
    return ".".join(names) if importable else ""


def _begins(name: str, folder: Path) -> bool:
    """Whether an import of that name, from here, leads into the folder."""
    spec = PathFinder.find_spec(name, [str(Path.cwd()), *sys.path[1:]])
    if spec is None:
        return False
    places = [*(spec.submodule_search_locations or ()), *([spec.origin] if spec.origin else [])]
    return any(Path(place).is_relative_to(folder) for place in places)


def _needed(function: ast.FunctionDef) -> list[str] | None:
    """What it cannot be called without; None where no literals would make it do its work."""
    arguments = function.args
    by_keyword_only = any(default is None for default in arguments.kw_defaults)
    is_generator = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))
    if by_keyword_only or is_generator or function.decorator_list:
        return None
    positional = (*arguments.posonlyargs, *arguments.args)
    needed = positional[: len(positional) - len(arguments.defaults)]
    return [each.arg for each in needed] if all(map(_may_be_literal, needed)) else None


def _may_be_literal(argument: ast.arg) -> bool:
    if argument.annotation is None:
        return True
    named = {node.id for node in ast.walk(argument.annotation) if isinstance(node, ast.Name)}
    return named <= LITERAL
