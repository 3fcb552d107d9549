"""What is kept of the analysis of a process that a report is not about: its verdict, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gilscope.analysis.shares import NO_TIMELINE

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, ThreadRow

MOST_THREADS = 256
MOST_ROWS = 16


def lighter(analysis: Analysis) -> Analysis:
    """Leave out timelines, and rows that no sentence is about: it no longer grows with the run."""
    facts = analysis.verdict.facts
    named = {*facts.turn_takers[:MOST_ROWS], *facts.convoy[:MOST_ROWS], facts.loop_thread}

    def weight(row: ThreadRow) -> tuple[bool, float]:
        return row.thread in named, row.hold_s + row.wait_s

    threads = sorted(analysis.threads, key=weight, reverse=True)[:MOST_THREADS]
    return replace(
        analysis,
        threads=tuple(replace(each, timeline=NO_TIMELINE) for each in threads),
        groups=(),
        blame=analysis.blame[:MOST_ROWS],
        victims=analysis.victims[:MOST_ROWS],
        pairs=analysis.pairs[:MOST_ROWS],
        stalls=analysis.stalls[:MOST_ROWS],
        open=analysis.open[:MOST_ROWS],
    )
