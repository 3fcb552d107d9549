"""The processes of a program that were not recorded: which they are, and the CPU time they used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gilscope.analysis.beginnings import STARTED, predecessors_of
from gilscope.analysis.model import OtherProgram, Reason
from gilscope.analysis.processnames import own_name
from gilscope.analysis.ran import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gilscope.trace import Stranger, Trace

# The kernel counts the CPU time of a process in ticks of 10 ms: one at its beginning and one at its
# end may be missing from what is known of one that was recorded.
_GRAIN_NS = 20_000_000
_NAME_BYTES = 15  # the kernel cuts names to so many


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A process of the program that was not recorded. Seconds, as of when it was last seen alive.

    `start_s` counts from the start of the recording; one that began before has 0. `end` is "ended",
    or "unfinished" where it was still running.
    """

    pid: int
    parent_pid: int
    host: str
    program: str
    reason: Reason
    start_s: float
    wall_s: float
    end: str
    cpu_s: float


def unrecorded(trace: Trace) -> tuple[Unrecorded, ...]:
    """All that were seen, in the order in which they began."""
    return tuple(_described(each, trace) for each in trace.strangers.rows)


def _described(stranger: Stranger, trace: Trace) -> Unrecorded:
    first = trace.processes[0].meta
    return Unrecorded(
        pid=stranger.pid,
        parent_pid=stranger.parent_pid,
        host=first.host,
        program=_name(stranger),
        reason=stranger.reason,
        start_s=max(0, stranger.begin_ns - first.start_monotonic_ns) / 1e9,
        wall_s=(stranger.end_ns - stranger.begin_ns) / 1e9,
        end="ended" if stranger.ended else UNFINISHED,
        cpu_s=stranger.cpu_ns / 1e9,
    )


def other_programs(trace: Trace) -> tuple[OtherProgram, ...]:
    """What a process started and was not recorded, and what that started; of the first one, all."""
    return as_programs(_described(each, trace) for each in _of(trace))


def as_programs(processes: Iterable[Unrecorded]) -> tuple[OtherProgram, ...]:
    """Those that run the same, as one; what used most CPU time first."""
    return tuple(
        OtherProgram(some[0].program, some[0].reason, len(some), sum(each.cpu_s for each in some))
        for some in kinds_of(processes)
    )


def kinds_of(processes: Iterable[Unrecorded]) -> list[list[Unrecorded]]:
    """Put together those that run the same; what used most CPU time first."""
    kinds: dict[tuple[str, Reason], list[Unrecorded]] = defaultdict(list)
    for each in processes:
        kinds[each.program, each.reason].append(each)
    return sorted(kinds.values(), key=lambda some: -sum(each.cpu_s for each in some))


def _of(trace: Trace) -> Sequence[Stranger]:
    rows = trace.strangers.rows
    if trace.process == 0:
        return rows
    own = {trace.meta.pid}
    found = []
    for each in rows:  # by their beginning: parents come first
        if each.parent_pid in own:
            own.add(each.pid)
            found.append(each)
    return found


def _name(stranger: Stranger) -> str:
    """What a Python runs; of another program, its own name."""
    if stranger.reason is not Reason.NOT_PYTHON:
        name = own_name(stranger.command)
        return f"python {name}" if name.startswith("-") else name or f"process {stranger.pid}"
    name = stranger.name
    if len(name.encode()) >= _NAME_BYTES and stranger.executable.startswith(name):
        return stranger.executable
    return name or stranger.executable or f"process {stranger.pid}"


def unrecorded_cpu_s(trace: Trace) -> float | None:
    """CPU time of what a process started and was not recorded; None where nobody knows it.

    For the first process, that of the whole program: what any of its processes started.
    """
    rows_ns = [each.cpu_ns for each in _of(trace)]
    kernel_ns = _kernel_ns(trace)
    if kernel_ns is None and not rows_ns:
        return None
    return max(kernel_ns or 0, sum(rows_ns)) / 1e9


def _kernel_ns(trace: Trace) -> int | None:
    by_process = _by_process(trace.processes)
    if trace.process:
        return by_process.get(trace.process)
    return sum(by_process.values()) if by_process else None


def recorded_cpu_s(trace: Trace) -> float:
    """CPU time of a process; for the first one, that of all recorded processes of the program."""
    if trace.process:
        return cpu_ns(trace) / 1e9
    return sum(_own_cpu_ns(trace.processes).values()) / 1e9


def cpu_ns(trace: Trace) -> int:
    """CPU time of a process: as the kernel says, or of the threads that were seen."""
    seen = sum(thread.cpu_ns for thread in trace.threads.values())
    return max(trace.meta.cpu_ns or 0, seen)


def own_cpu_ns(cpu_ns: Mapping[int, int], before: Mapping[int, int]) -> dict[int, int]:
    """CPU time of each process since it began, by number.

    The kernel goes on counting where a process becomes another program: what it had used as its
    predecessor, which `before` names, is not used again.
    """
    return {
        number: max(0, used - cpu_ns[before[number]]) if number in before else used
        for number, used in cpu_ns.items()
    }


def _own_cpu_ns(processes: Sequence[Trace]) -> dict[int, int]:
    return own_cpu_ns(
        {each.process: cpu_ns(each) for each in processes}, predecessors_of(processes)
    )


def _by_process(processes: Sequence[Trace]) -> dict[int, int]:
    own_ns = _own_cpu_ns(processes)
    parents = (
        Parent(
            each.process,
            each.meta.pid,
            each.meta.parent_pid if each.meta.began in STARTED else None,
            own_ns[each.process] if each.finished else None,
            each.meta.children_cpu_ns,
        )
        for each in processes
    )
    return left_of_children_ns(parents)


class Parent(NamedTuple):
    """A recorded process as one that may have started others. `key` tells it from all others, and
    `parent` is the key of the one that started it, None if that is none of its children's sum.
    """

    process: int
    key: object
    parent: object | None
    cpu_ns: int | None  # None: it still runs, and not all of it is known
    children_cpu_ns: int | None  # as the kernel says; None where nobody knows it


def left_of_children_ns(parents: Iterable[Parent]) -> dict[int, int]:
    """What the kernel says of the children of each, less those of them which were recorded.

    In ns, by number of the process; one of which nothing is known is left out, and so is one that
    has recorded children which still run. What may be missing from what is known of one that was
    recorded is not said to be another's.
    """
    parents = list(parents)
    recorded: dict[object, int] = defaultdict(int)
    unknown = set()
    for each in parents:
        if each.cpu_ns is None:
            unknown.add(each.parent)
        elif each.parent is not None:
            recorded[each.parent] += each.cpu_ns + (each.children_cpu_ns or 0) + _GRAIN_NS
    return {
        each.process: max(0, each.children_cpu_ns - recorded[each.key])
        for each in parents
        if each.children_cpu_ns is not None and each.key not in unknown
    }
