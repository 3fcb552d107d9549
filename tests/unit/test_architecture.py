"""Dependencies between packages run one way, and importing gilscope costs what it may cost."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.util import resolve_name
from pathlib import Path

import pytest

from support.interpreters import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "src" / "gilscope"

# Each package and what it may import of the others: the one-way street of the architecture.
MAY_IMPORT = {
    "errors": set[str](),
    "callables": set[str](),
    "cells": set[str](),
    "showing": set[str](),
    "sources": set[str](),
    "needs": {"errors"},
    "words": {"cells"},
    "record": {"errors", "callables", "cells", "showing", "pythons", "_recorder"},
    "watch": {"errors", "needs", "callables", "_recorder"},
    "dask": {"needs", "watch"},
    "trace": {"errors", "needs", "cells", "showing"},
    "analysis": {"errors", "sources", "trace"},
    "budget": {"errors"},
    "fleet": {"errors", "trace", "analysis"},
    "live": {"errors", "trace", "analysis"},
    "export": {"errors", "words", "trace", "analysis"},
    "pythons": {"errors"},
    "doctor": {"errors", "words", "pythons"},
    "compare": {
        "errors",
        "callables",
        "cells",
        "showing",
        "words",
        "pythons",
        "analysis",
        "trace",
    },
    "predict": {"errors", "showing", "trace", "analysis", "_replay"},
    "calibrate": {"errors", "pythons", "predict", "trace"},
    "explore": {"errors", "callables", "cells", "showing", "_explorer"},
    "lab": {
        "errors",
        "words",
        "record",
        "trace",
        "analysis",
        "compare",
        "explore",
        "pythons",
        "_refcount",
    },
    "picture": {"errors", "trace", "analysis", "predict"},
    "report": {
        "errors",
        "cells",
        "sources",
        "words",
        "analysis",
        "budget",
        "predict",
        "picture",
        "compare",
        "lab",
        "explore",
        "live",
    },
    "cli": {
        "errors",
        "needs",
        "words",
        "pythons",
        "record",
        "trace",
        "analysis",
        "budget",
        "fleet",
        "export",
        "predict",
        "calibrate",
        "picture",
        "report",
        "compare",
        "lab",
        "explore",
        "doctor",
        "live",
    },
    "notebook": {"errors", "needs", "cells", "words", "record", "report", "picture", "cli"},
    "__init__": {"needs", "record", "watch", "trace", "compare", "explore", "notebook"},
    "pytest_plugin": {
        "errors",
        "needs",
        "words",
        "record",
        "analysis",
        "budget",
        "explore",
        "report",
        "cli",
    },
    "__main__": {"cli"},
}
# Modules, beside those of a bare interpreter, that an observed program finds imported.
IN_OBSERVED_PROGRAM = {"_gilscope_start", "gilscope", "gilscope._recorder"}
# Beside those of a bare interpreter, and one for each command.
MOST_MODULES_FOR_HELP = 75
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def modules() -> list[Path]:
    return sorted(SOURCES.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCES.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def package_of(path: Path) -> str:
    return path.relative_to(SOURCES).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The parts of gilscope that a module names in its imports, at any depth of nesting."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            module = node.module or ""
            names = [module]
            if module == "gilscope":
                names = [f"gilscope.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("gilscope.")}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCES)))
def test_dependencies_run_one_way(path: Path) -> None:
    package = package_of(path)
    assert package in MAY_IMPORT, f"{package} is new: give it its place in this test"
    assert imported(path) - {package} <= MAY_IMPORT[package]


def test_modules_say_what_they_are_for() -> None:
    assert [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_modules_and_functions_stay_readable() -> None:
    long_modules = set()
    long_functions = set()
    for path in modules():
        place = str(path.relative_to(SOURCES))
        source = path.read_text()
        if len(source.splitlines()) > LONGEST_MODULE:
            long_modules.add(place)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno >= LONGEST_FUNCTION:
                    long_functions.add(f"{place}:{node.name}")
    assert not long_modules
    assert not long_functions


def import_graph() -> dict[str, set[str]]:
    """Each module and those it names in imports: at the top, for type checkers only, or late."""
    files = {name_of(path): path for path in [*modules(), *SOURCES.rglob("*.pyi")]}
    return {name: named_in(name, path) & files.keys() - {name} for name, path in files.items()}


def named_in(module: str, path: Path) -> set[str]:
    package = module if path.stem == "__init__" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                found.add(submodule if exists(submodule) else source)
    return found


def exists(module: str) -> bool:
    path = SOURCES.parent.joinpath(*module.split("."))
    return path.is_dir() or any(path.with_suffix(suffix).exists() for suffix in (".py", ".pyi"))


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The largest sets of modules that all lead to each other."""
    leads_to = {name: reachable(name, graph) for name in graph}
    found: list[set[str]] = []
    for name in sorted(graph):
        circle = {other for other in leads_to[name] if name in leads_to[other]}
        if circle and circle not in found:
            found.append(circle)
    return found


def reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph[ahead.pop()] - found
        found |= new
        ahead.extend(new)
    return found


def test_no_imports_run_in_circles() -> None:
    """Late imports count, and those for type checkers: a circle can only be read as a whole."""
    found = circles(import_graph())
    assert not found


def test_circles_are_seen() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a", "d"}}
    assert circles(graph) == [{"b", "c"}, {"d"}]
    assert "gilscope._recorder" in import_graph()["gilscope.record.session"]


def imported_by(code: str) -> set[str]:
    """All modules that are imported once an interpreter has started and run some code."""
    tell = "import sys; found = sorted(sys.modules); import json; print(json.dumps(found))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {tell}"],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(),
    )
    return set(json.loads(done.stdout))


def test_importing_gilscope_imports_nothing_else() -> None:
    bare = imported_by("pass")
    assert imported_by("import gilscope") - bare == {"gilscope"}


def test_the_start_hook_imports_only_the_recorder() -> None:
    code = (
        "import os; os.environ['GILSCOPE_ARENA'] = 'nonsense';"
        "import _gilscope_start; _gilscope_start.start();"
        "assert 'GILSCOPE_ARENA' not in os.environ"
    )
    assert imported_by(code) - imported_by("pass") <= IN_OBSERVED_PROGRAM


def test_the_start_hook_does_nothing_unasked() -> None:
    """Nothing of gilscope is imported where the variable is absent."""
    assert not {name for name in imported_by("pass") if "gilscope" in name}


def test_recording_from_python_needs_no_dependency() -> None:
    """`gilscope.record` works in environments that have neither NumPy nor rich."""
    found = imported_by("import gilscope; gilscope.record")
    assert not found & {"numpy", "rich"}


def test_the_command_line_starts_without_numpy_and_rich() -> None:
    found = imported_by("import gilscope.cli, gilscope.record.launch")
    assert not found & {"numpy", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], ["help"]])
def test_a_word_of_help_starts_at_once(arguments: list[str]) -> None:
    """Counted in modules: what takes a tenth of a second here takes more on another machine."""
    code = f"""
import contextlib, io, gilscope.cli
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    assert gilscope.cli.main({arguments}) == 0"""
    found = imported_by(f"exec({code!r})") - imported_by("import json, io, contextlib")
    heavy = {"numpy", "rich", "asyncio", "shtab", "subprocess", "socket", "ssl", "multiprocessing"}
    if arguments == ["--version"]:  # importlib.metadata reads the version as it reads mails
        heavy.discard("socket")
    assert not found & heavy
    others = [name for name in found if not name.startswith("gilscope.cli")]
    assert len(others) <= MOST_MODULES_FOR_HELP + 60 * (arguments == ["--version"])


def test_completion_starts_without_what_shows_reports() -> None:
    code = """
import contextlib, io, gilscope.cli
with contextlib.redirect_stdout(io.StringIO()):
    assert gilscope.cli.main(["completion", "bash"]) == 0"""
    assert not imported_by(f"exec({code!r})") & {"numpy", "rich", "asyncio", "subprocess"}


def test_the_attack_shares_nothing_with_the_search() -> None:
    """A second pair of eyes that used a table of the first would have its blind spots."""
    found = imported_by("import gilscope.explore.attack.attacking")
    own = {name for name in found if name.startswith(("gilscope.explore.", "gilscope._"))}
    attack = {name for name in own if name.startswith("gilscope.explore.attack")}
    names = (
        "results",
        "options",
        "bytecode",
        "bytecode.scope",
        "engine",
        "engine.outcome",
        "engine.standins",
        "engine.standins.pools",
        "engine.positions",
        "facts",
    )
    data = {f"gilscope.explore.{name}" for name in names}
    assert own - attack == data


def test_every_public_name_exists() -> None:
    import gilscope

    for name in gilscope.__all__:
        assert getattr(gilscope, name) is not None
    assert set(gilscope.__all__) <= set(dir(gilscope))
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = gilscope.missing
