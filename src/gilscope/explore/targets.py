"""What to explore, as it is named on a command line: `tests/test_cache.py::test_two_writers`."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilscope.errors import GilscopeError
from gilscope.explore import Explored
from gilscope.explore.options import Options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import ModuleType

EXAMPLE = "for example: tests/test_cache.py::test_two_writers, or a whole file"
SET_UP = ("setup_method", "setup_class", "setup")  # that only pytest calls


@dataclass(frozen=True, slots=True)
class Target:
    """A test. Unless only pytest can run it, `test` can be called."""

    spec: str  # as one can type it
    path: Path
    module: ModuleType
    name: str  # in the module: "test_x", "TestCache::test_x"
    test: Callable[[], object]
    options: Options  # those that it brought along
    needs: str = ""  # what only pytest can see to

    @property
    def stem(self) -> str:
        """For names of files."""
        return self.name.replace("::", ".")

    @property
    def expression(self) -> str:
        """Calls it, in another module that has imported this one."""
        class_name, _, method = self.name.rpartition("::")
        owner = f"{class_name.replace('::', '.')}()." if class_name else ""
        return f"{module_name(self.path)}.{owner}{method}()"


def find(spec: str) -> list[Target]:
    """The tests that a text names, of a file also those that only pytest can run.

    Raises GilscopeError unless one of them can be explored here.
    """
    file, name = split(spec)
    path = Path(file)
    if path.is_dir():
        raise GilscopeError(f"{file} is a folder", f"pytest --explore {file} explores all in it")
    if not path.is_file():
        raise GilscopeError(f"no such file: {file}", EXAMPLE)
    module = load(path)
    names = [name] if name else list(_tests_of(module))
    if not names:
        raise GilscopeError(f"{file} has no function whose name begins with test_", EXAMPLE)
    found = [_target(file, path, module, each) for each in names]
    if all(each.needs for each in found):
        spec, needs = found[0].spec, found[0].needs
        raise GilscopeError(
            f"{spec} needs pytest: {needs}",
            f"explore it there: {_by_pytest(spec if len(found) == 1 else file)}",
        )
    return found


def split(spec: str) -> tuple[str, str]:
    """`FILE::NAME`, `FILE:NAME` or `FILE` as the file and the name in it."""
    file, colons, name = spec.partition("::")
    if not colons and not spec.endswith(".py"):
        file, _, name = spec.rpartition(":")
    if not file.endswith(".py"):
        raise GilscopeError(f"not a Python file: {spec}", EXAMPLE)
    if "[" in name:
        raise GilscopeError(f"{spec} has parameters", f"only pytest knows them: {_by_pytest(spec)}")
    return file, name


def load(path: Path) -> ModuleType:
    """Import a file by the name, and from the folder, that pytest would give it."""
    path = path.resolve()
    root, name = root_of(path), module_name(path)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        module = importlib.import_module(name)
        if _file_of(module) != path:  # another file of that name was there before
            module = _load_as(f"{name}_{len(sys.modules)}", path)
    except GilscopeError:
        raise
    except Exception as error:
        raise GilscopeError(
            f"{path.name} cannot be imported: {type(error).__name__}: {error}",
            f"python {path.name} shows where",
        ) from error
    return module


def root_of(path: Path) -> Path:
    """The folder from which a file is imported: that of its outermost package."""
    root = path.resolve().parent
    while (root / "__init__.py").is_file():
        root = root.parent
    return root


def module_name(path: Path) -> str:
    return ".".join(path.resolve().relative_to(root_of(path)).with_suffix("").parts)


def _file_of(module: ModuleType) -> Path | None:
    return Path(module.__file__).resolve() if module.__file__ else None


def _load_as(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _tests_of(module: ModuleType) -> Iterator[str]:
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if name.startswith("test_") and callable(value):
            yield name
        elif name.startswith("Test") and isinstance(value, type):
            yield from (f"{name}::{each}" for each in vars(value) if each.startswith("test_"))


# --- one test -------------------------------------------------------------------------------------


def _target(file: str, path: Path, module: ModuleType, name: str) -> Target:
    spec = f"{file}::{name}"
    owner, function = _look_up(module, name, file)
    options = Options()
    if isinstance(function, Explored):
        options = function.options
        function = function.function
    if not inspect.isfunction(function):
        raise GilscopeError(f"{spec} is not a function", EXAMPLE)
    test = _calling(owner, function) if owner else function
    return Target(spec, path, module, name, test, options, _needed(owner, function))


def _calling(owner: type, function: Any) -> Callable[[], object]:
    """Calls a method, and is of the kind that it is: async, a generator or neither."""
    if inspect.isasyncgenfunction(function):
        call: Callable[..., object] = _iterate_method
    elif inspect.iscoroutinefunction(function):
        call = _await_method
    else:
        call = _generate_method if inspect.isgeneratorfunction(function) else _call_method
    return functools.partial(call, owner, function.__name__)


def _method(owner: type, name: str) -> Any:
    """As pytest does: an object of its own for each call."""
    method: Callable[[], object] | Explored = getattr(owner(), name)
    return method.function if isinstance(method, Explored) else method


def _call_method(owner: type, name: str) -> None:
    _method(owner, name)()


async def _await_method(owner: type, name: str) -> None:
    await _method(owner, name)()


async def _iterate_method(owner: type, name: str) -> AsyncIterator[object]:
    async for each in _method(owner, name)():
        yield each


def _generate_method(owner: type, name: str) -> Iterator[object]:
    yield from _method(owner, name)()


def _look_up(module: ModuleType, name: str, file: str) -> tuple[type | None, Any]:
    """The class, if there is one, and the function in it."""
    value: Any = module
    owner: type | None = None
    for part in name.split("::"):
        owner = value if isinstance(value, type) else None
        try:
            value = getattr(value, part)
        except AttributeError:
            names = ", ".join(list(_tests_of(module))[:5])
            raise GilscopeError(
                f"{file} has no {name}", f"it has {names}" if names else EXAMPLE
            ) from None
    return owner, value


def _needed(owner: type | None, function: Any) -> str:
    """What only pytest can see to."""
    parameters = [
        each.name
        for each in inspect.signature(function).parameters.values()
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    static = owner is not None and isinstance(
        inspect.getattr_static(owner, function.__name__), staticmethod
    )
    if owner is not None and not static:
        parameters = parameters[1:]
    if parameters:
        return f"it takes {', '.join(parameters)}"
    if any(mark.name == "usefixtures" for mark in getattr(function, "pytestmark", ())):
        return "it uses fixtures"
    if owner is not None:
        if any(base.__module__.startswith("unittest") for base in owner.__mro__):
            return f"{owner.__name__} is a unittest.TestCase"
        found = next((name for name in SET_UP if hasattr(owner, name)), None)
        return f"{owner.__name__} has {found}" if found else ""
    return ""


def _by_pytest(spec: str) -> str:
    return f"pytest --explore {spec!r}" if "[" in spec else f"pytest --explore {spec}"
