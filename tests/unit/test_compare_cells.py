"""The text of a notebook's cells as a file that other Pythons run."""

from __future__ import annotations

import functools
import sys
from fractions import Fraction
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from gilscope.compare import cellcode
from gilscope.compare.shipped.gilscope_host import source, typed

if TYPE_CHECKING:
    from pathlib import Path

CELLS = {
    "f1": ("cell 1", "import math, json as j\nfrom fractions import Fraction\nSCALE = 3\n"),
    "f2": ("cell 2", "def helper(n):\n    return 1 / 0\n"),
    "f3": (
        "cell 3",
        """\
data = list(range(5))

def noted(f):
    return f

@noted
def work(n, root=math.sqrt):
    data = [n]
    return helper(data[0])
""",
    ),
    "f4": ("cell 4", "def helper(n):\n    return Fraction(n, SCALE) + Box(n).value\n"),
    "f5": (
        "cell 5",
        "class Base: pass\n\nclass Box(Base):\n    value = 1\n    def __init__(self, n): ...\n",
    ),
    "f6": ("cell 6", "twice = lambda n: n * 2\nboxed = Box(3)\nuses = lambda: boxed\n"),
    "f7": ("cell 7", "not python ("),
}


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A `__main__` in which these cells have run."""
    module = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    monkeypatch.setattr(cellcode, "current_cells", lambda: CELLS)
    for file, (_, text) in CELLS.items():
        if file != "f7":
            exec(compile(text, file, "exec"), vars(module))
    return module


def run(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a process finds that imports the file, with `gilscope_host` on its path."""
    monkeypatch.setitem(sys.modules, "gilscope_host", ModuleType("gilscope_host"))
    monkeypatch.setitem(sys.modules, "gilscope_host.typed", typed)
    file = folder / cellcode.FILE
    file.write_text(code, "utf-8")
    try:
        return vars(source.load(str(file)))
    finally:
        sys.modules.pop("notebook_cells", None)


@pytest.mark.usefixtures("notebook")
def test_a_function_comes_with_what_it_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(tmp_path, cellcode.cell_code(["work"]), monkeypatch)
    assert found["work"](4) == Fraction(7, 3)
    assert {"helper", "SCALE", "Box", "Base", "noted", "math", "Fraction"} <= set(found)
    assert not {"data", "j", "twice", "boxed"} & set(found), "and with nothing else"
    assert found["helper"].__code__.co_filename == "cell 4", "the last that was run"
    assert found["work"].__code__.co_filename == "cell 3"
    assert found["work"].__code__.co_firstlineno == 6, "with its decorator, as in the cell"


@pytest.mark.usefixtures("notebook")
def test_values_of_the_notebooks_own_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run(tmp_path, cellcode.cell_code(["uses", "twice"]), monkeypatch)
    assert found["uses"]().value == 1
    assert isinstance(found["boxed"], found["Box"])
    assert found["twice"](4) == 8


def test_what_has_no_text_and_no_pickle(notebook: ModuleType) -> None:
    vars(notebook)["lock"] = sys.stdout
    with pytest.raises(cellcode.NotTyped, match="lock"):
        cellcode.cell_code(["lock"])


def test_what_was_made_of_a_definition_since(notebook: ModuleType) -> None:
    """Its text would be another function."""
    vars(notebook)["helper"] = functools.lru_cache(vars(notebook)["helper"])
    with pytest.raises(cellcode.NotTyped, match="helper"):
        cellcode.cell_code(["helper"])


def test_a_definition_within_something_else(notebook: ModuleType) -> None:
    exec(compile("if True:\n    def inner(): return 1\n", "f8", "exec"), vars(notebook))
    with pytest.raises(cellcode.NotTyped, match="inner"):
        cellcode.cell_code(["inner"])


def test_a_name_that_has_another_meaning_now(
    notebook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vars(notebook)["helper"] = 7
    found = run(tmp_path, cellcode.cell_code(["work"]), monkeypatch)
    assert found["helper"] == 7
