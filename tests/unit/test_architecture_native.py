"""The laws of the C code: rooms, no circles, one place for what differs between versions."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

NATIVE = Path(__file__).resolve().parent.parent.parent / "native"
LONGEST_FILE = 300
LONGEST_FUNCTION = 40

INCLUDE = re.compile(r'^#include "(?P<name>[^"]+)"', re.MULTILINE)
# A definition begins in the first column and ends with a brace there.
FUNCTION = re.compile(r"^(?P<head>[a-zA-Z_][^;={}]*\([^;={}]*)\{$.*?^\}", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(\w+)\([^()]*(\([^()]*\)[^()]*)*\)\s*$")


def files() -> list[Path]:
    return sorted(path for path in NATIVE.rglob("*") if path.suffix in {".c", ".h"})


def name_of(path: Path) -> str:
    return str(path.relative_to(NATIVE))


def included(path: Path) -> set[Path]:
    """What a file of ours includes of ours: beside it, or from the top of native/."""
    names = INCLUDE.findall(path.read_text())
    beside = [path.parent / name for name in names] + [NATIVE / name for name in names]
    return {each.resolve() for each in beside if each.is_file()}


def mentioning(pattern: str) -> set[str]:
    return {name_of(path) for path in files() if re.search(pattern, path.read_text())}


def test_the_numbers_of_versions_stand_in_one_file() -> None:
    assert mentioning(r"\bPY_VERSION_HEX\b") == {"shared/versions.h"}


def test_the_interpreters_inside_is_opened_in_one_file() -> None:
    assert mentioning(r"\bPy_BUILD_CORE") == {"shared/interpreter.h"}
    assert mentioning(r'#include [<"](internal/)?pycore_') == {"shared/interpreter.h"}


def unit_of(path: Path) -> Path:
    """A .c file and its .h are one: who calls includes. In explore, one header is for all."""
    return path if path.parent.name == "explore" else path.with_suffix("")


def test_no_circle() -> None:
    graph: dict[Path, set[Path]] = {}
    for path in files():
        needs = graph.setdefault(unit_of(path), set())
        needs |= {unit_of(each) for each in included(path)} - {unit_of(path)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(map(name_of, error.args[1])))


@pytest.mark.parametrize("room", ["collector", "explore", "lab", "recorder", "shared"])
def test_rooms_share_only_what_is_shared(room: str) -> None:
    """They run in different processes, or are loaded without each other."""
    inside = [path for path in files() if path.parent.name == room]
    assert inside
    rooms = {each.parent.name for path in inside for each in included(path)}
    assert rooms <= {room, "shared"}


def test_files_stay_readable() -> None:
    long = {name_of(path) for path in files() if path.read_text().count("\n") > LONGEST_FILE}
    assert not long


def test_functions_stay_readable() -> None:
    long = set()
    for path in files():
        for found in FUNCTION.finditer(path.read_text()):
            name = NAME.search(found["head"].strip())
            assert name, f"{name_of(path)}: what is this? {found['head']}"
            if found[0].count("\n") + 1 > LONGEST_FUNCTION:
                long.add(f"{name_of(path)}:{name[1]}")
    assert not long
