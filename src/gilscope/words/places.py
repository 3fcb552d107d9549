"""Places in a program: the one place where a frame, a line or a position becomes text."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol

from gilscope.cells import place as place_in

if TYPE_CHECKING:
    from collections.abc import Iterable

SAY_NOTHING_ALONE = ("__init__.py", "__main__.py")


class Place(Protocol):
    """What a trace calls a frame, an analysis a line and an exploration a position.

    `file` is empty where there is no Python code; `line` is 0 where it is not known.
    """

    @property
    def function(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...


class Places:
    """What places are called on one page: as briefly as none is taken for another."""

    def __init__(self, files: Iterable[str] = ()) -> None:
        """`files` are all that the page names."""
        self._longer: dict[PurePath, str] = {}
        by_name = defaultdict(set)
        for file in files:
            by_name[short_path(file)].add(PurePath(file))
        for paths in by_name.values():
            if len(paths) > 1:
                self._longer |= _apart(paths)

    def file(self, file: str) -> str:
        return self._longer.get(PurePath(file)) or short_path(file)

    def of(self, place: Place) -> str:
        """Write `app.py:41`, or `cell 3, line 4`; the function where no file is known."""
        if not place.file:
            return place.function
        return place_in(self.file(place.file), place.line)


def short_path(file: str) -> str:
    """Name a file as its author would: without its folders, unless its name alone says nothing."""
    path = PurePath(file)
    if file.startswith("<") or not path.name:
        return file
    if path.name in SAY_NOTHING_ALONE and path.parent.name:
        return f"{path.parent.name}/{path.name}"
    return path.name


def _apart(paths: set[PurePath]) -> dict[PurePath, str]:
    """The ends of paths, as short as all of them differ."""
    kept = 2
    while len({path.parts[-kept:] for path in paths}) < len(paths):
        kept += 1
    return {path: str(PurePath(*path.parts[-kept:])) for path in paths}
