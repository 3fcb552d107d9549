"""A first look at many files: which processes are in them, without their rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gilscope.analysis.collection import Unread
from gilscope.analysis.unrecorded import Unrecorded, cpu_ns, unrecorded
from gilscope.errors import GilscopeError
from gilscope.trace import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gilscope.fleet.files import Files
    from gilscope.trace import Trace
    from gilscope.trace.meta import Meta


@dataclass(frozen=True, slots=True)
class Member:
    """A process of a program: where it is, and what it says about itself.

    `process` is its number in the program and `start_ns` when it began, by the clock that all are
    aligned to; both are 0 until that is done. `host` is a name that no other host of the program
    has.
    """

    path: Path
    inside: int  # its number in its file
    meta: Meta
    cpu_ns: int
    process: int = 0
    host: str = ""
    start_ns: int = 0


@dataclass(slots=True)
class Survey:
    """What a first look has found."""

    members: list[Member] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)  # files with damage or gaps
    strangers: dict[Path, tuple[Unrecorded, ...]] = field(default_factory=dict)
    unlisted: int = 0  # strangers that were too many to be listed
    files: int = 0
    trace_bytes: int = 0

    def add(self, path: Path, trace: Trace) -> None:
        found = [
            Member(path, each.process, replace(each.meta, raw={}), cpu_ns(each))
            for each in trace.processes
            if each.meta.start_unix_ns  # it says when it was: without that it has no place
        ]
        if not found:
            raise GilscopeError(f"{path} does not say of which process it is")
        self.members += found
        self.strangers[path] = unrecorded(trace)
        self.unlisted += trace.strangers.unlisted
        self.files += 1
        self.trace_bytes += trace.size_bytes
        if len(found) < len(trace.processes) or any(each.warnings for each in trace.processes):
            self.incomplete.append(path.name)


def survey(files: Files, progress: Callable[[float], None]) -> Survey:
    """Look into each file.

    Raises:
        GilscopeError: a file that was named is no trace, or no file is one.
    """
    found = Survey()
    for index, path in enumerate(files.paths):
        try:
            _look_into(found, path)
        except GilscopeError as error:
            if path in files.named:
                raise
            found.unread.append(Unread(path.name, error.message))
        progress((index + 1) / len(files.paths))
    if not found.members:
        folder = files.paths[0].parent
        raise GilscopeError(f"no trace is in {folder}", "record one with: gilscope run app.py")
    return found


def _look_into(found: Survey, path: Path) -> None:
    try:
        with load(path) as trace:
            found.add(path, trace)
    except OSError as error:
        raise GilscopeError(f"cannot read {path}: {error.strerror or error}") from error
