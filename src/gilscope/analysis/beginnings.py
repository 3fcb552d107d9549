"""How the processes of a program began, of one trace or of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.processnames import Recorded

# What a process is by its beginning, if another one started it; "exec" is no beginning that a
# recorder knows of: it says one of these.
STARTED = frozenset({"fork", "spawn", "environment"})
_ANEW = frozenset({"spawn", "environment"})


def predecessors_of(processes: Sequence[Recorded]) -> dict[int, int]:
    """Return what each was before it became another program, by their numbers.

    `processes` are in the order in which they began. A process id alone says nothing: it may have
    been given to another process since.
    """
    became: dict[tuple[str, str, int], int] = {}  # those that last became another program
    found = {}
    for each in processes:
        meta = each.meta
        key = (meta.host, meta.host_clock.partition(" ")[0], meta.pid)  # of hosts, the boot
        before = became.pop(key, None)
        if before is not None and meta.began in _ANEW:
            found[each.process] = before
        if meta.end_reason == "exec":
            became[key] = each.process
    return found


def beginnings_of(processes: Sequence[Recorded]) -> dict[int, str]:
    """How each began; "exec" if it was another program before."""
    before = predecessors_of(processes)
    return {
        each.process: "exec" if each.process in before else each.meta.began for each in processes
    }
