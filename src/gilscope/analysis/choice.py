"""Which process a reader means who names it by its pid, and its host where there are several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.trace import Trace

MOST_NAMED = 12  # that a message names


@dataclass(frozen=True, slots=True)
class Wanted:
    """A process of that pid; on that host, unless it is None."""

    pid: int
    host: str | None = None

    def __str__(self) -> str:
        return f"{self.pid}" if self.host is None else f"{self.host}:{self.pid}"


def position_of(wanted: Wanted, processes: Sequence[tuple[str, int]], where: str) -> int:
    """Find it among (host, pid), in the order in which they began; `where` is what has them.

    It is the last one that had this pid there: the process may have become another program.

    Raises:
        GilscopeError: there is none, or there is one on each of several hosts.
    """
    found = [
        index
        for index, (host, pid) in enumerate(processes)
        if pid == wanted.pid and wanted.host in (None, host)
    ]
    several = len({host for host, _ in processes}) > 1
    hosts = sorted({processes[index][0] for index in found})
    if len(hosts) > 1:
        raise GilscopeError(
            f"{len(hosts)} hosts have a process {wanted.pid}",
            f"add the host: {_some([f'{host}:{wanted.pid}' for host in hosts])}",
        )
    if found:
        return found[-1]
    names = [f"{host}:{pid}" if several else f"{pid}" for host, pid in processes]
    raise GilscopeError(f"{where} has no process {wanted}", f"it has {_some(names)}")


def process_of(trace: Trace, wanted: Wanted) -> Trace:
    """Return the process of a trace that is wanted.

    Raises:
        GilscopeError: as position_of.
    """
    known = [(each.meta.host, each.meta.pid) for each in trace.processes]
    return trace.processes[position_of(wanted, known, trace.path.name)]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
