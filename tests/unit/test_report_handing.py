"""Threads that wait for what hands out work, and not for the work, need larger tasks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gilscope.analysis.model import Analysis, BlameRow, Line, LineSource, VerdictKind
from gilscope.report.gil.handing import larger_tasks, less_to_send
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import tell
from support import analyses

TASK = Line("work", "/home/me/app.py", 7)
SUBMITS = Line("main", "/home/me/app.py", 20)
POOL = Line("submit", "/usr/lib/python3.13/concurrent/futures/thread.py", 170)
QUEUE = Line("Queue.put", "/usr/lib/python3.13/queue.py", 150)
OWN_QUEUE = Line("put", "/home/me/myqueue.py", 3)


def blamed(*rows: tuple[Line, Line | None, float]) -> Analysis:
    blame = tuple(
        BlameRow(line, 10 * share, share, LineSource.SAMPLED, 0.0, inside)
        for line, inside, share in rows
    )
    return replace(analyses.cpu_bound(), blame=blame)


@pytest.mark.parametrize(
    ("rows", "is_small"),
    [
        ([(SUBMITS, POOL, 0.4), (SUBMITS, QUEUE, 0.2), (TASK, None, 0.4)], True),
        ([(SUBMITS, POOL, 0.2), (TASK, None, 0.8)], False),
        ([(QUEUE, None, 0.6), (TASK, None, 0.4)], True),
        ([(OWN_QUEUE, None, 0.9)], False),
        ([], False),
    ],
    ids=["pool and queue", "mostly tasks", "workers alone", "a file of that name", "nothing"],
)
def test_when_tasks_are_too_small(
    rows: list[tuple[Line, Line | None, float]], *, is_small: bool
) -> None:
    analysis = blamed(*rows)
    assert (larger_tasks(analysis) is not None) == is_small
    told = tell(analysis, places_of(analysis))
    advice = " ".join(told.advice)
    assert ("give each task more to do" in advice) == is_small
    assert ("processes" in advice) != is_small


PICKLES = Line("ForkingPickler.dumps", "/usr/lib/python3.13/multiprocessing/reduction.py", 51)


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_no_process_is_advised_where_sending_to_processes_is_what_costs(share: float) -> None:
    analysis = blamed((PICKLES, None, share), (TASK, None, 0.9 - share))
    sends = share > 0.5
    assert (less_to_send(analysis) is not None) == sends
    for each in (analysis, as_kind(analysis, VerdictKind.STALL)):
        advice = " ".join(tell(each, places_of(each)).advice)
        assert ("send less" in advice) == sends
        assert ("in another process" in advice or "ProcessPool" in advice) != sends


def as_kind(analysis: Analysis, kind: VerdictKind) -> Analysis:
    stalls = analyses.stall().stalls
    return replace(analysis, verdict=replace(analysis.verdict, kind=kind), stalls=stalls)
