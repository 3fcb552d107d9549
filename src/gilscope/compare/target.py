"""What to compare: `fib.py:fib`, `package.module:Class.method`, or a callable of the caller's."""

from __future__ import annotations

import ast
import inspect
import site
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilscope.cells import interactive_shell
from gilscope.compare.cellcode import FILE, cell_code
from gilscope.compare.parcel import MAIN, Parcel, by_reference, names_in_main, pack
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Target:
    """A function that other processes can find: a file or module, and a name in it.

    `path` is put on their sys.path, so that its own imports work there, too. A function that has no
    name there (a bound method, say) travels in `parcel`; its own name is then "". `code` is the
    text of a file that is yet to be written, and that `source` then is.
    """

    source: str
    name: str
    path: tuple[str, ...]
    label: str
    parcel: Parcel | None = None
    code: str = ""

    def __str__(self) -> str:
        return self.label


def parse(text: str) -> Target:
    source, colon, name = text.rpartition(":")
    if not colon or not source or not name:
        raise GilscopeError(
            f"not a function: {text}", "write FILE.py:FUNCTION or PACKAGE.MODULE:FUNCTION"
        )
    if not source.endswith(".py"):
        return Target(source, name, (), text)
    file = Path(source).absolute()
    if not file.is_file():
        raise GilscopeError(f"no such file: {source}")
    root = _root(file)
    if root == file.parent:
        _refuse_relative_imports(file, name)
        return _in_file(file, name)
    return Target(_dotted(file, root), name, (str(root),), f"{file.name}:{name}")


def _in_file(file: Path, name: str) -> Target:
    return Target(str(file), name, (str(file.parent),), f"{file.name}:{name}")


def _root(file: Path) -> Path:
    """The folder that the file's outermost package lies in; its own, if it is in no package."""
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder = folder.parent
    return folder


def _dotted(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _refuse_relative_imports(file: Path, name: str) -> None:
    """Without `__init__.py` nothing says which folder is the outermost package."""
    try:
        nodes = ast.parse(file.read_bytes()).body
    except (SyntaxError, ValueError):
        return  # importing it will say so
    if not any(isinstance(node, ast.ImportFrom) and node.level for node in nodes):
        return
    here = Path.cwd()
    hint = "go to the folder that contains its package, and write PACKAGE.MODULE:FUNCTION"
    if file.is_relative_to(here) and file.parent != here:
        hint = f"try: gilscope compare {_dotted(file, here)}:{name}"
    raise GilscopeError(f"{file.name} uses relative imports, but is not in a package", hint)


def of_function(function: Callable[..., Any], *, by_value: bool = False) -> Target:
    """The target that finds this callable again in another process, or takes it there."""
    name = getattr(function, "__qualname__", "")
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    if by_value or module is None or not _is_found(module, name, function):
        label = name or type(function).__name__
        return Target("", "", _import_path(), label, pack(function, label))
    if module.__name__ != MAIN:
        return Target(module.__name__, name, _import_path(), f"{module.__name__}:{name}")
    if module.__spec__ is not None:  # python -m package.module
        return Target(module.__spec__.name, name, _import_path(), f"{module.__spec__.name}:{name}")
    file = _source_file(function)
    if file is None:
        return Target("", "", _import_path(), name, pack(function, name))
    return _in_file(file, name)


def of_cells(function: Callable[..., Any], arguments: Any) -> Target | None:
    """The target of what a notebook's cells define; None if it, or an argument, is no such thing.

    With it, pickles may refer to `__main__`: the file that is made of the cells stands for that.
    """
    name = getattr(function, "__qualname__", "")
    is_named = _is_found(sys.modules[MAIN], name, function)
    try:
        used = names_in_main(arguments)
        used |= {name.partition(".")[0]} if is_named else names_in_main(function)
        if not (used and interactive_shell()):
            return None
        code = cell_code(sorted(used))
    except Exception:  # noqa: BLE001 - whatever the user's classes do: it is sent otherwise, then
        return None
    label = name or type(function).__name__
    parcel = None if is_named else by_reference(function)
    return Target(FILE, name if is_named else "", _import_path(), label, parcel, code)


def _is_found(module: object, name: str, function: Callable[..., Any]) -> bool:
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    # A class method is made anew each time that it is looked up.
    return found is function or (inspect.ismethod(function) and found == function)


def _source_file(function: Callable[..., Any]) -> Path | None:
    """None for what was typed: in a notebook, on the prompt, after -c."""
    try:
        name = inspect.getsourcefile(function)
    except TypeError:
        return None
    file = Path(name).absolute() if name else Path()
    return file if file.is_file() else None


def _import_path() -> tuple[str, ...]:
    """Where the caller imports from, but for what each Python has of its own."""
    standard = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    own = {*standard, *(f"{each}/lib-dynload" for each in standard), *site.getsitepackages()}
    return tuple(each for each in sys.path if each and each not in own and Path(each).is_dir())
