"""Other interpreters to compare with: found by path or by version, asked what they are."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Iterable

FREE_THREADED = ("3.15t", "3.14t", "3.13t")  # the newest first
OLDEST = (3, 11)
PROBE = """
import importlib.util, json, sys, sysconfig
backport = importlib.util.find_spec("interpreters_backport")
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "interpreters": sys.version_info >= (3, 14) or backport is not None,
}))
"""


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter; `tag` is how it is shown, such as `3.13t`."""

    executable: str
    tag: str
    free_threaded: bool
    has_interpreters: bool


def this_python() -> Python:
    return probe(sys.executable)


def find(spec: str) -> Python:
    """The interpreter at a path, or of a version: PATH, pyenv and uv are searched."""
    if os.sep in spec:
        if not Path(spec).is_file():
            raise GilscopeError(f"no such interpreter: {spec}")
        return probe(spec)
    if re.fullmatch(r"\d+\.\d+(\.\d+)?t?", spec) is None:
        raise GilscopeError(f"not an interpreter: {spec}", "write a path or a version: 3.14, 3.13t")
    for candidate in _candidates(spec):
        try:
            found = probe(str(candidate))
        except GilscopeError:
            continue  # a pyenv shim whose version is not active, for example
        if found.tag == spec or spec.count(".") == 2:
            return found
    raise GilscopeError(f"no Python {spec} on PATH, in pyenv or in uv", f"uv python install {spec}")


def free_threaded() -> Python | None:
    """The newest free-threaded interpreter that can be found."""
    return find_first(FREE_THREADED)


def find_first(specs: Iterable[str]) -> Python | None:
    """The first of these that can be found."""
    for spec in specs:
        with contextlib.suppress(GilscopeError):
            return find(spec)
    return None


def probe(executable: str) -> Python:
    try:
        done = subprocess.run(
            [executable, "-I", "-c", PROBE], capture_output=True, timeout=30, check=True
        )
        facts = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise GilscopeError(f"{executable} is not a Python that runs: {error}") from error
    major, minor, _ = facts["version"]
    if (major, minor) < OLDEST:
        raise GilscopeError(f"{executable} is Python {major}.{minor}: too old, 3.11 is the oldest")
    return Python(
        executable=executable,
        tag=f"{major}.{minor}{'t' if facts['free_threaded'] else ''}",
        free_threaded=facts["free_threaded"],
        has_interpreters=facts["interpreters"],
    )


def _candidates(spec: str) -> list[Path]:
    """A full version names a folder of pyenv or uv, a short one the command as well."""
    found = [] if (on_path := shutil.which(f"python{spec}")) is None else [Path(on_path)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    data = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", data / "uv" / "python"))
    version, threads = spec.rstrip("t"), "t" if spec.endswith("t") else ""
    name = f"python{'.'.join(version.split('.')[:2])}{threads}"
    for folder in [*pyenv.glob(f"{version}*"), *uv.glob(f"cpython-{version}*")]:
        found += [folder / "bin" / name]
    return [path for path in found if path.is_file()]
