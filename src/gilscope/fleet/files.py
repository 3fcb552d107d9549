"""Which files to read: those that were named, and all of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Files:
    """Each file once, in order. One that was `named` must be a trace, one of a folder need not."""

    paths: tuple[Path, ...]
    named: frozenset[Path]


def files_of(asked: Iterable[Path]) -> Files:
    """List them. Of a folder: its files, hidden ones and those of folders in it left out.

    Raises:
        GilscopeError: a folder has no file.
        OSError: a folder cannot be read.
    """
    paths: dict[Path, Path] = {}  # by what they are, whatever they are called
    named = set()
    for path in asked:
        if not path.is_dir():
            named.add(paths.setdefault(path.resolve(), path))
            continue
        inside = sorted(each for each in path.iterdir() if _may_be_trace(each))
        if not inside:
            raise GilscopeError(f"there is no file in {path}", "was anything recorded there?")
        for each in inside:
            paths.setdefault(each.resolve(), each)
    return Files(tuple(paths.values()), frozenset(named))


def _may_be_trace(path: Path) -> bool:
    return not path.name.startswith(".") and path.is_file()
