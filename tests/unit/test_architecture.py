"""Dependencies between packages run one way, and importing gilscope costs what it may cost."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.interpreters import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "src" / "gilscope"

# Each package and what it may import of the others: the one-way street of the architecture.
MAY_IMPORT = {
    "errors": set[str](),
    "callables": set[str](),
    "words": set[str](),
    "record": {"errors", "callables", "_recorder"},
    "trace": {"errors"},
    "analysis": {"errors", "trace"},
    "compare": {"errors", "callables", "analysis", "trace"},
    "explore": {"errors", "callables", "_explorer"},
    "lab": {"errors", "record", "trace", "analysis", "compare", "explore", "_refcount"},
    "report": {"errors", "words", "analysis", "compare", "lab", "explore"},
    "cli": {
        "errors",
        "words",
        "record",
        "trace",
        "analysis",
        "report",
        "compare",
        "lab",
        "explore",
    },
    "__init__": {"record", "trace", "compare", "explore"},
    "pytest_plugin": {"errors", "explore", "report"},
    "__main__": {"cli"},
}
# Modules, beside those of a bare interpreter, that an observed program finds imported.
IN_OBSERVED_PROGRAM = {"_gilscope_start", "gilscope", "gilscope._recorder"}
LONGEST_MODULE = 322
LONGEST_FUNCTION = 45


def modules() -> list[Path]:
    return sorted(SOURCES.rglob("*.py"))


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


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCES)))
def test_modules_and_functions_stay_readable(path: Path) -> None:
    source = path.read_text()
    tree = ast.parse(source)
    assert ast.get_docstring(tree), "a module says what it is for"
    assert len(source.splitlines()) <= LONGEST_MODULE
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, node.name


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
        "engine.whereabouts",
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
