"""What an interpreter says that it is, and why gilscope cannot use some of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gilscope.errors import GilscopeError

OLDEST = (3, 11)
PATIENCE_S = 30.0
ANSWER = "gilscope asked: "  # start-up files of an interpreter may print, too
# Every Python 3 understands this, so that even the oldest can be named.
PROBE = f"""
import json, platform, sys, sysconfig
try:
    from importlib.util import find_spec
    from importlib.metadata import version
    has_backport = find_spec("interpreters_backport") is not None
    gilscope = version("gilscope") if find_spec("gilscope") is not None else ""
except ImportError:
    has_backport, gilscope = False, ""
jit = getattr(sys, "_jit", None)
print("{ANSWER}" + json.dumps({{
    "version": list(sys.version_info[:3]),
    "build": sys.version,
    "implementation": platform.python_implementation(),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "has_interpreters": sys.version_info >= (3, 14) or has_backport,
    "has_jit": jit is not None and jit.is_available(),
    "gilscope": gilscope,
    "is_venv": sys.prefix != getattr(sys, "base_prefix", sys.prefix),
    "base": getattr(sys, "_base_executable", sys.executable),
    "include": sysconfig.get_path("include"),
}}))
"""
CPYTHON = "CPython"


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter; `tag` is how it is shown, such as `3.13t`."""

    executable: str
    version: tuple[int, int, int]
    free_threaded: bool  # whether it was built to run without a GIL
    build: str = ""  # sys.version: compiler, date, debug build
    implementation: str = CPYTHON
    has_interpreters: bool = False  # a pool of sub-interpreters that a program can use
    has_jit: bool = False  # whether it was built with one, on or off
    gilscope: str = ""  # the version that is installed there; empty if none is
    is_venv: bool = False
    base: str = ""  # the interpreter that its virtual environment was made from, or itself
    include: str = ""  # the folder of its headers

    @property
    def tag(self) -> str:
        return f"{self.version[0]}.{self.version[1]}{'t' if self.free_threaded else ''}"


class UnansweredError(GilscopeError):
    """It could not be asked what it is: so nothing is known about it."""


def this_python() -> Python:
    return describe(sys.executable)


def describe(executable: str | os.PathLike[str]) -> Python:
    """Ask an interpreter what it is; GilscopeError says why gilscope cannot use it."""
    python = _described(os.fspath(executable))
    if python.implementation != CPYTHON:
        message = f"{executable} is {python.implementation}, not CPython"
        raise GilscopeError(message, "gilscope is about CPython and its GIL")
    if python.version < OLDEST:
        raise too_old(str(executable), python.version)
    return python


def too_old(name: str, version: tuple[int, ...]) -> GilscopeError:
    shown, oldest = (".".join(map(str, each[:2])) for each in (version, OLDEST))
    return GilscopeError(
        f"{name} is Python {shown}, which is too old: gilscope needs {oldest} or newer",
        "uv python install 3.14",
    )


def with_gilscope(python: Python) -> Python:
    """Return the interpreter; GilscopeError if gilscope is not installed there."""
    if python.gilscope:
        return python
    raise GilscopeError(
        f"gilscope is not installed for {python.executable} (Python {python.tag})",
        f"{python.executable} -m pip install gilscope",
    )


def _described(executable: str) -> Python:
    command = [executable, "-I", "-c", PROBE]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        message = f"{executable} did not answer within {PATIENCE_S:g} seconds"
        raise UnansweredError(message, "is it a Python interpreter?") from None
    except (OSError, ValueError) as error:
        raise _not_started(executable, error) from error
    facts = _answer(done.stdout)
    if facts is None:
        raise _no_answer(executable, done.stderr.decode(errors="replace"))
    return Python(executable, tuple(facts.pop("version")), **facts)


def _answer(said: bytes) -> dict[str, Any] | None:
    for line in said.decode(errors="replace").splitlines():
        if line.startswith(ANSWER):
            facts: dict[str, Any] = json.loads(line.removeprefix(ANSWER))
            return facts
    return None


def _no_answer(executable: str, said: str) -> GilscopeError:
    if "Unknown option: -I" in said:
        return GilscopeError(
            f"{executable} is Python 2, or an early 3, which is too old", "uv python install 3.14"
        )
    # Of a traceback the last line says what happened; other programs repeat the question.
    last = said.strip().rpartition("\n")[2].strip()[:200]
    why = f": {last}" if last and "sysconfig" not in last else ""
    return UnansweredError(
        f"{executable} is not a Python interpreter that works{why}",
        f"try it: {executable} --version",
    )


def _not_started(executable: str, error: OSError | ValueError) -> GilscopeError:
    path = Path(executable)
    try:
        if path.is_dir():
            inside = path / "bin" / "python"
            hint = f"its interpreter is {inside}" if inside.is_file() else "write its path"
            return GilscopeError(f"{executable} is a folder, not an interpreter", hint)
        exists = path.exists()
    except ValueError:  # a null character
        exists = False
    if not exists:
        return GilscopeError(
            f"no such interpreter: {executable}", "write a path or a version: 3.14, 3.13t"
        )
    why = error.strerror if isinstance(error, OSError) else error
    return UnansweredError(
        f"{executable} is not a Python interpreter: {why}", "write a path or a version: 3.14, 3.13t"
    )
