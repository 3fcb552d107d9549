"""What the processes of a program are called: what they run, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gilscope.analysis.program import program_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gilscope.trace.meta import Meta

# What multiprocessing executes (Lib/multiprocessing/{spawn,resource_tracker,forkserver}.py).
_HELPERS = {
    "from multiprocessing.resource_tracker import": "multiprocessing's resource tracker",
    "from multiprocessing.semaphore_tracker import": "multiprocessing's semaphore tracker",
    "from multiprocessing.forkserver import": "multiprocessing's fork server",
}


def is_helper(name: str) -> bool:
    """Whether a process of that name only serves `multiprocessing`, and does none of the work."""
    return name in _HELPERS.values()


class Recorded(Protocol):
    """A process with what it says about itself."""

    @property
    def process(self) -> int:
        """Its number."""

    @property
    def meta(self) -> Meta:
        """What it says."""


def process_names(processes: Iterable[Recorded]) -> dict[int, str]:
    """Name each process, by its number: equal names are processes of one kind.

    A forked process runs what its parent ran: it is named after that, as "fork of app.py".
    """
    names: dict[int, str] = {}
    by_pid: dict[int, str] = {}
    for each in processes:
        name = each.meta.cells.program or own_name(each.meta.argv) or f"process {each.meta.pid}"
        if each.meta.began == "fork":
            parent = by_pid.get(each.meta.parent_pid, name)
            name = parent if parent.startswith("fork of ") else f"fork of {parent}"
        names[each.process] = by_pid[each.meta.pid] = name
    return names


def own_name(argv: Sequence[str]) -> str:
    """Name a Python process after what it runs; empty if that is not known."""
    if "--multiprocessing-fork" in argv:
        return "multiprocessing worker"
    for argument in argv:
        for beginning, name in _HELPERS.items():
            if argument.startswith(beginning):
                return name
    return program_name(argv)
