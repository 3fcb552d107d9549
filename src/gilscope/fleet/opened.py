"""The processes of many files, open, on one clock: for who needs their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.fleet.clocks import align
from gilscope.fleet.members import survey
from gilscope.fleet.relatives import in_order, names_of
from gilscope.trace import load

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from gilscope.fleet.files import Files
    from gilscope.fleet.members import Member
    from gilscope.trace import Trace


@dataclass(frozen=True, slots=True)
class Opened:
    """A process: its trace, what it is called, where it ran, and when it began in ns since 1970."""

    trace: Trace
    program: str
    host: str
    start_ns: int


def open_all(files: Files, stack: ExitStack) -> list[Opened]:
    """Open the processes of all files, in the order in which they began; `stack` closes them.

    Raises:
        GilscopeError: a file cannot be read.
    """
    members = _members(files)
    names = names_of(members)
    traces: dict[Path, dict[int, Trace]] = {}
    for path in dict.fromkeys(each.path for each in members):
        first = stack.enter_context(load(path))
        traces[path] = {each.process: each for each in first.processes}
    return [
        Opened(traces[each.path][each.inside], names[each.process], each.host, each.start_ns)
        for each in members
    ]


def whereabouts(files: Files) -> dict[int, tuple[Path, int]]:
    """Return for each process of a program in which file it is, and as which process of that."""
    return {each.process: (each.path, each.inside) for each in _members(files)}


def _members(files: Files) -> list[Member]:
    found = survey(files, lambda _: None)
    starts_ns, _ = align(found.members)
    return in_order(found.members, starts_ns)
