"""The CPU time of processes that a program started and that were not recorded."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.trace import Trace

_STARTED = ("fork", "spawn")


def unrecorded_cpu_s(trace: Trace) -> float | None:
    """CPU time of what a process started and was not recorded; None where nobody knows it.

    For the first process, that of the whole program: what any of its processes started.
    """
    by_process = _by_process(trace.processes)
    if trace.process:
        own = by_process.get(trace.process)
        return None if own is None else own / 1e9
    return sum(by_process.values()) / 1e9 if by_process else None


def recorded_cpu_s(trace: Trace) -> float:
    """CPU time of a process; for the first one, that of all recorded processes of the program."""
    processes = (trace,) if trace.process else trace.processes
    return sum(map(cpu_ns, processes)) / 1e9


def cpu_ns(trace: Trace) -> int:
    """CPU time of a process: as the kernel says, or of the threads that were seen."""
    seen = sum(thread.cpu_ns for thread in trace.threads.values())
    return max(trace.meta.cpu_ns or 0, seen)


def _by_process(processes: Sequence[Trace]) -> dict[int, int]:
    """What the kernel says of the children of each, less those of them which were recorded.

    In ns, by number of the process; one of which nothing is known is missing.
    """
    recorded: dict[int, int] = defaultdict(int)
    for each in processes:
        if each.meta.began in _STARTED:
            recorded[each.meta.parent_pid] += cpu_ns(each) + (each.meta.children_cpu_ns or 0)
    return {
        each.process: max(0, each.meta.children_cpu_ns - recorded[each.meta.pid])
        for each in processes
        if each.meta.children_cpu_ns is not None
    }
