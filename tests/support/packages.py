"""Packages of the development tools, for interpreters that have none of their own."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from importlib.metadata import Distribution


def linked(folder: Path, *names: str) -> Path:
    """A folder for PYTHONPATH that has these packages, and what they need, and nothing else.

    They are those that are installed beside the tests: code in Python runs on any interpreter. What
    is compiled for this one is left out, and must be something that they do without.
    """
    folder.mkdir()
    for each in _with_needs(names):
        assert each.files
        files = [file for file in each.files if not {"..", "__pycache__"} & {*file.parts}]
        if any(file.suffix == ".so" for file in files):
            parts = {str(file) for file in files if file.suffix != ".so"}
        else:
            parts = {file.parts[0] for file in files}
        for part in parts:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            (folder / part).symlink_to(Path(str(each.locate_file(part))))
    return folder


def _with_needs(names: tuple[str, ...]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    wanted = list(names)
    while wanted:
        each = distribution(wanted.pop())
        if each.name not in found:
            found[each.name] = each
            needs = map(Requirement, each.requires or ())
            wanted += [need.name for need in needs if _is_needed(need)]
    return list(found.values())


def _is_needed(need: Requirement) -> bool:
    return need.marker is None or need.marker.evaluate({"extra": ""})
