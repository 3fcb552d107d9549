"""Which threads have a lane, and in which order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gilscope.analysis.groups import name_pattern
from gilscope.picture.model import Lane, LaneKind

if TYPE_CHECKING:
    from gilscope.analysis import Process
    from gilscope.trace import Thread, Trace

MOST_LANES = 600
MOST_OF_FOCUS = 300
MOST_PROCESSES = 250
LEAST_GROUP = 2


def lanes_of(trace: Trace, process: Process, most: int) -> list[Lane]:
    """Return the lanes of a process: its GILs, then threads, those of a group side by side.

    Where there are more than `most`, those have one that held and waited most, or lived longest.
    """
    offset_ns = round(process.start_s * 1e9)
    several = len(trace.gils) > 1
    found = [
        Lane(
            LaneKind.GIL,
            process.process,
            f"GIL {gil}" if several else "GIL",
            None,
            None,
            offset_ns + each.start_ns,
            offset_ns + (trace.end_ns if each.end_ns is None else each.end_ns),
        )
        for gil, each in list(trace.gils.items())[: max(1, most // 4)]
        if trace.hold_count(gil)
    ]
    threads = _chosen(trace, process, max(1, most - len(found)))
    patterns = Counter(name_pattern(each.name) for each in threads)
    first: dict[str, int] = {}
    for each in threads:
        first.setdefault(name_pattern(each.name), each.thread)
    threads.sort(key=lambda each: (not each.main, first[name_pattern(each.name)], each.thread))
    return found + [
        Lane(
            LaneKind.THREAD,
            process.process,
            each.name,
            pattern if patterns[pattern := name_pattern(each.name)] >= LEAST_GROUP else None,
            each.thread,
            offset_ns + each.start_ns,
            offset_ns + each.end_ns,
        )
        for each in threads
    ]


def _chosen(trace: Trace, process: Process, most: int) -> list[Thread]:
    rows = process.analysis.threads if process.analysis is not None else ()
    active_s = {row.thread: row.hold_s + row.wait_s for row in rows}

    def weight(each: Thread) -> tuple[bool, float, int]:
        return each.main, active_s.get(each.thread, 0.0), each.end_ns - each.start_ns

    threads = sorted(trace.threads.values(), key=weight, reverse=True)[:most]
    return sorted(threads, key=lambda each: each.thread)


def gils_of(trace: Trace, lanes: list[Lane]) -> list[int]:
    """Return the GILs that have a lane, in their order."""
    count = sum(each.kind is LaneKind.GIL for each in lanes)
    return [gil for gil in trace.gils if trace.hold_count(gil)][:count]
