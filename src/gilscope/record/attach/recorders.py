"""Finds the recorder that was built for the very Python of a process."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gilscope.errors import GilscopeError
from gilscope.pythons.description import PATIENCE_S
from gilscope.pythons.find import find as find_python
from gilscope.record.attach.layout import Layout
from gilscope.record.attach.memory import Memory
from gilscope.record.attach.target import Target

_OWN = Path(__file__).resolve().parent.parent.parent
_WHERE = (
    "import importlib.util as u; s = u.find_spec('gilscope'); print(s.origin if s else '', end='')"
)


def recorder_for(target: Target, python: str | None = None) -> tuple[Path, Layout]:
    """The recorder's file: this gilscope's, or that of another Python's gilscope of this version.

    `python` is the interpreter to look at, and no other: its path, or a version.

    Raises:
        GilscopeError: there is none that fits, and what would help.
    """
    own = Layout.read(_recorder_in(_OWN))
    if own is None:
        raise GilscopeError(
            "this gilscope has no recorder", "install gilscope again in this environment"
        )
    others: list[str] = []
    for folder in [_folder_of(python)] if python else _folders(target):
        path = _recorder_in(folder)
        layout = Layout.read(path)
        if layout is None:
            continue
        if layout.arena_magic == own.arena_magic and _fits(path, layout, target):
            return path, layout
        others.append(layout.python)
    raise _missing(target, others)


def _fits(path: Path, layout: Layout, target: Target) -> bool:
    if (layout.version, bool(layout.free_threaded)) != (target.version, target.free_threaded):
        return False
    numbers, unlike = layout.published(path)
    with Memory(target.pid) as memory:
        return all(
            memory.word(target.runtime + 8 * i) == number
            for i, number in enumerate(numbers)
            if number and i not in unlike
        )


def _missing(target: Target, others: list[str]) -> GilscopeError:
    seen = f", only for {', '.join(dict.fromkeys(others))}" if others else ""
    return GilscopeError(
        f"process {target.pid} runs Python {target.python}, and no recorder for exactly that was"
        f" found{seen}",
        f"install this version of gilscope for a Python {target.python}, with"
        f" {target.executable} -m pip install gilscope for example, and name that Python:"
        " --python PATH",
    )


def _recorder_in(folder: Path) -> Path:
    return next(folder.glob("_recorder.*.so"), folder / "_recorder.so")


def _folders(target: Target) -> Iterator[Path]:
    """This package, the process's own environment, then that of an interpreter like its."""
    yield _OWN
    for prefix in _prefixes(target):
        yield from prefix.glob("lib/python3.*/site-packages/gilscope")
    for spec in (target.executable, target.python):
        with contextlib.suppress(GilscopeError):
            yield _folder_of(spec)


def _prefixes(target: Target) -> Iterator[Path]:
    """Folders in which the process's Python may be installed, as they are called there."""
    proc = Path(f"/proc/{target.pid}")
    with contextlib.suppress(OSError):
        environment = (proc / "environ").read_bytes().split(b"\0")
        for entry in environment:
            name, _, value = entry.partition(b"=")
            if name == b"VIRTUAL_ENV" and value:
                yield Path(f"{target.root}{value.decode(errors='surrogateescape')}")
        words = (proc / "cmdline").read_bytes().split(b"\0")
        command = Path(words[0].decode(errors="surrogateescape"))
        if command.name != str(command):
            folder = proc / "root" / str(command).lstrip("/")
            yield (folder if command.is_absolute() else proc / "cwd" / command).parent.parent


def _folder_of(spec: str) -> Path:
    """Where an interpreter has gilscope; GilscopeError if it has none."""
    executable = find_python(spec).executable
    try:
        done = subprocess.run(
            [executable, "-I", "-c", _WHERE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GilscopeError(f"{executable} does not answer") from error
    origin = done.stdout.decode(errors="surrogateescape")
    if not origin:
        raise GilscopeError(
            f"gilscope is not installed for {executable}", f"{executable} -m pip install gilscope"
        )
    return Path(origin).parent
