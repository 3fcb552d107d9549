"""Which process a report is about, where the first one waits for those that it has started."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gilscope.analysis.model import Asleep, Line, OffKind, VerdictKind
from gilscope.analysis.processes import Process, focus_of
from support import analyses

WAITS = Line("Popen.poll", "/usr/lib/python3.11/multiprocessing/popen_fork.py", 27)
TRACKER = "multiprocessing's resource tracker"


def process(number: int, name: str, wall_s: float, kind: VerdictKind) -> Process:
    analysis = analyses.uncontended()
    asleep = Asleep(Line("main", "/app/start.py", 9), OffKind.BLOCKED, 5.0, 5.0, 1, inside=WAITS)
    facts = replace(analysis.verdict.facts, asleep=asleep)
    analysis = replace(analysis, verdict=replace(analysis.verdict, kind=kind, facts=facts))
    focus = analyses.program(analysis).focus
    return replace(focus, process=number, program=name, wall_s=wall_s)


@pytest.mark.parametrize(
    ("name", "wall_s", "kind", "is_focus"),
    [
        ("multiprocessing worker", 9.0, VerdictKind.UNCONTENDED, True),
        ("multiprocessing worker", 0.5, VerdictKind.UNCONTENDED, False),  # one of many
        (TRACKER, 9.9, VerdictKind.UNCONTENDED, False),
        (TRACKER, 9.9, VerdictKind.LOCK_BOUND, False),
        ("multiprocessing worker", 9.0, VerdictKind.LOCK_BOUND, True),
    ],
)
def test_a_child_that_says_why_it_took_so_long(
    name: str, wall_s: float, kind: VerdictKind, *, is_focus: bool
) -> None:
    first = process(0, "start.py", 10.0, VerdictKind.UNCONTENDED)
    assert first.waits_for_children
    child = process(1, name, wall_s, kind)
    assert (focus_of([first, child], None) is child) == is_focus
