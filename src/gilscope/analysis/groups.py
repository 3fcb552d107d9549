"""Threads that do the same, as one: a server's hundreds of threads of one request each."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.model import ThreadGroup

if TYPE_CHECKING:
    from gilscope.analysis.model import Line, ThreadRow
    from gilscope.analysis.tallies import ThreadTallies
    from gilscope.analysis.timelines import Timelines

LEAST_THREADS = 4  # fewer are better shown one by one
MOST_TIMELINES = 64

_Key = tuple[str, "Line | None"]


def name_pattern(name: str) -> str:
    """`Thread-17 (serve)` and `Thread-8 (serve)` are both `Thread-# (serve)`."""
    return re.sub(r"\d+", "#", name)


def thread_groups(
    rows: tuple[ThreadRow, ...], tallies: ThreadTallies, timelines: Timelines
) -> tuple[ThreadGroup, ...]:
    """Group threads by their names, numbers apart, and by what they run; most involved first."""
    members = [(key, some) for key, some in _members(rows).items() if len(some) >= LEAST_THREADS]
    members.sort(key=lambda each: -sum(row.hold_s + row.wait_s for row in each[1]))
    number_of = np.full(len(tallies.hold_ns), len(members), np.int64)
    for number, (_, some) in enumerate(members):
        number_of[[row.thread for row in some]] = number
    late_ns = tallies.waits.percentiles(0.99, number_of)
    return tuple(
        ThreadGroup(
            name=name,
            task=task,
            threads=tuple(row.thread for row in some),
            hold_s=sum(row.hold_s for row in some),
            wait_s=sum(row.wait_s for row in some),
            longest_wait_s=(longest_s := max(row.longest_wait_s for row in some)),
            wait_p99_s=min(float(late_ns[number]) / 1e9, longest_s),
            timeline=timelines.of_group(some if number < MOST_TIMELINES else []),
        )
        for number, ((name, task), some) in enumerate(members)
    )


def _members(rows: tuple[ThreadRow, ...]) -> dict[_Key, list[ThreadRow]]:
    """A thread of which it is not known what it ran is taken for one that did as its namesakes."""
    tasks: dict[str, set[Line]] = defaultdict(set)
    for row in rows:
        if row.task is not None:
            tasks[name_pattern(row.name)].add(row.task)
    found: dict[_Key, list[ThreadRow]] = defaultdict(list)
    for row in rows:
        name, task = name_pattern(row.name), row.task
        if task is None and len(tasks[name]) == 1:
            (task,) = tasks[name]
        found[name, task].append(row)
    return found
