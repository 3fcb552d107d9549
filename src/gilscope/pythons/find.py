"""Finds interpreters by path, by name or by version: on PATH, among pyenv's and among uv's."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError
from gilscope.pythons.description import OLDEST, Python, describe, too_old

if TYPE_CHECKING:
    from collections.abc import Iterable

FREE_THREADED = ("3.15t", "3.14t", "3.13t")  # the newest first
WITH_INTERPRETERS = ("3.15", "3.14")
FIRST_FREE_THREADED = (3, 13)
VERSION = re.compile(r"(\d+)\.(\d+)(\.\d+)?(t?)")
HOW_TO_NAME = "write a path or a version: 3.14, 3.13t"


def find(spec: str) -> Python:
    """The interpreter at a path, of a name on PATH, or of a version."""
    if os.sep in spec:
        return describe(Path(spec).expanduser())
    version = VERSION.fullmatch(spec)
    if version is not None:
        return _of_version(spec, version)
    named = shutil.which(spec) if spec else None
    if named is None:
        raise GilscopeError(f"no such interpreter: {spec}", HOW_TO_NAME)
    return describe(named)


def free_threaded() -> Python | None:
    """The newest interpreter without a GIL that can be found."""
    return find_first(FREE_THREADED)


def with_interpreters() -> Python | None:
    """One that has a GIL, and whose programs can have sub-interpreters with a GIL each."""
    return find_first(WITH_INTERPRETERS)


def find_first(specs: Iterable[str]) -> Python | None:
    """The first of these that can be found."""
    for spec in specs:
        with contextlib.suppress(GilscopeError):
            return find(spec)
    return None


def _of_version(spec: str, version: re.Match[str]) -> Python:
    numbers = (int(version[1]), int(version[2]))
    if numbers < OLDEST:
        raise too_old(spec, numbers)
    if version[4] and numbers < FIRST_FREE_THREADED:
        raise GilscopeError(f"there is no Python {spec}", "free-threaded builds begin with 3.13t")
    for candidate in _candidates(spec):
        try:
            found = describe(candidate)
        except GilscopeError:
            continue  # a pyenv shim whose version is not active, for example
        if found.tag == spec or (version[3] and _full(found) == spec):
            return found
    raise GilscopeError(f"no Python {spec} on PATH, in pyenv or in uv", f"uv python install {spec}")


def _full(python: Python) -> str:
    return ".".join(map(str, python.version)) + "t" * python.free_threaded


def _candidates(spec: str) -> list[Path]:
    """A full version names a folder of pyenv or uv, a short one the command as well."""
    found = [] if (on_path := shutil.which(f"python{spec}")) is None else [Path(on_path)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    data = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", data / "uv" / "python"))
    version, threads = spec.rstrip("t"), "t" if spec.endswith("t") else ""
    name = f"python{'.'.join(version.split('.')[:2])}{threads}"
    for folder, pattern in ((pyenv, f"{version}*"), (uv, f"cpython-{version}*")):
        with contextlib.suppress(OSError):  # somebody else's home
            found += [each / "bin" / name for each in sorted(folder.glob(pattern))]
    return [path for path in found if _is_file(path)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # as above
        return False
