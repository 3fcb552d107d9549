"""Which threads have a lane, and in which order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis.groups import name_pattern
from gilscope.picture.lane import Lane, LaneKind
from gilscope.picture.turns import Life, taking_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gilscope.analysis import Process
    from gilscope.trace import Thread, Trace

MOST_LANES = 600
MOST_OF_FOCUS = 300
MOST_PROCESSES = 250
LEAST_GROUP = 2
# From so many threads of a name on, those that were not there at the same time share a lane: a
# server's threads of one request each.
LEAST_SHARED = 13


@dataclass(frozen=True, slots=True)
class _Row:
    """One lane to be: of a thread, or of several that came one after another."""

    name: str
    group: str | None
    threads: tuple[Thread, ...]

    @property
    def is_main(self) -> bool:
        return any(each.main for each in self.threads)

    @property
    def length_ns(self) -> int:
        return sum(each.end_ns - each.start_ns for each in self.threads)


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
            (),
            offset_ns + each.start_ns,
            offset_ns + (trace.end_ns if each.end_ns is None else each.end_ns),
        )
        for gil, each in list(trace.gils.items())[: max(1, most // 4)]
        if trace.hold_count(gil)
    ]
    return found + [
        Lane(
            LaneKind.THREAD,
            process.process,
            row.name,
            row.group,
            tuple(each.thread for each in row.threads),
            offset_ns + min(each.start_ns for each in row.threads),
            offset_ns + max(each.end_ns for each in row.threads),
        )
        for row in _chosen(trace, process, max(1, most - len(found)))
    ]


def _chosen(trace: Trace, process: Process, most: int) -> list[_Row]:
    known = process.analysis.threads if process.analysis is not None else ()
    active_s = {row.thread: row.hold_s + row.wait_s for row in known}

    def weight(row: _Row) -> tuple[bool, float, int]:
        active = sum(active_s.get(each.thread, 0.0) for each in row.threads)
        return row.is_main, active, row.length_ns

    rows = sorted(_rows(trace.threads.values()), key=weight, reverse=True)[:most]
    first: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row.threads[0].thread):
        first.setdefault(row.group or row.name, row.threads[0].thread)
    return sorted(
        rows,
        key=lambda row: (
            not row.is_main,
            first[row.group or row.name],
            row.threads[0].thread,
        ),
    )


def _rows(threads: Iterable[Thread]) -> Iterator[_Row]:
    by_pattern: dict[str, list[Thread]] = defaultdict(list)
    for each in threads:
        by_pattern[name_pattern(each.name)].append(each)
    for pattern, some in by_pattern.items():
        known = {each.thread: each for each in some}
        shared = taking_turns(Life(each.thread, each.start_ns, each.end_ns) for each in some)
        if len(some) >= LEAST_SHARED and 2 * len(shared) <= len(some):
            for number, turn in enumerate(shared):
                row = tuple(known[each] for each in turn)
                yield _Row(f"{pattern} · {number + 1}", pattern, row)
        else:
            group = pattern if len(some) >= LEAST_GROUP else None
            yield from (_Row(each.name, group, (each,)) for each in some)


def gils_of(trace: Trace, lanes: Sequence[Lane]) -> list[int]:
    """Return the GILs that have a lane, in their order."""
    count = sum(each.kind is LaneKind.GIL for each in lanes)
    return [gil for gil in trace.gils if trace.hold_count(gil)][:count]
