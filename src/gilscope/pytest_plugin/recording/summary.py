"""What pytest says at its end about what was recorded."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

from gilscope.pytest_plugin.recording.recorder import (
    NOT_JUDGED,
    NOT_RECORDED,
    OUTCOME,
    TRACE,
    UNRECORDED,
)
from gilscope.words.numbers import counted, size
from gilscope.words.text import clean, shell_word

# In this order: what came of budgets, and its colour.
OUTCOMES = {
    "exceeded": "red",
    "unknown": "yellow",
    NOT_RECORDED: "yellow",
    NOT_JUDGED: "yellow",
    "passed": "green",
}
SAID = {"unknown": "not known", "passed": "kept"}
MOST_ROWS = 40
MOST_REASONS = 3


def summarize(reporter: Any, session: list[str], problems: list[str]) -> None:
    """One line for each budget that was not kept, and where the traces are."""
    told = [
        (report.nodeid, dict(report.user_properties))
        for reports in reporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
    ]
    reporter.section("gilscope")
    _budgets(reporter, told)
    _traces(reporter, [facts[TRACE] for _, facts in told if TRACE in facts])
    if session:
        _session(reporter, session)
    for problem in sorted(set(problems)):
        reporter.write_line(f"the session was not recorded: {clean(problem)}", yellow=True)
    reasons = Counter(facts[UNRECORDED] for _, facts in told if UNRECORDED in facts)
    for reason, count in reasons.most_common(MOST_REASONS):
        tests = counted(count, "test was", "tests were")
        reporter.write_line(f"{tests} not recorded: {clean(reason)}", yellow=True)


def _budgets(reporter: Any, told: list[tuple[str, dict[str, Any]]]) -> None:
    judged = [(name, facts[OUTCOME]) for name, facts in told if OUTCOME in facts]
    order = list(OUTCOMES)
    bad = sorted(
        (each for each in judged if each[1] not in ("passed", NOT_JUDGED)),
        key=lambda each: (order.index(each[1]), each[0]),
    )
    for name, outcome in bad[:MOST_ROWS]:
        reporter.write(f"{SAID.get(outcome, outcome):<12}", **{OUTCOMES[outcome]: True})
        reporter.line(f"  {name}")
    if len(bad) > MOST_ROWS:
        reporter.write_line(f"and {counted(len(bad) - MOST_ROWS, 'more budget')}")
    counts = Counter(outcome for _, outcome in judged)
    if counts:
        parts = [f"{counts[each]} {SAID.get(each, each)}" for each in OUTCOMES if counts[each]]
        reporter.write_line(f"{counted(len(judged), 'budget')}: {', '.join(parts)}")
    if counts[NOT_JUDGED]:
        reporter.write_line("none was recorded, as --gilscope=off asks", yellow=True)


def _traces(reporter: Any, traces: list[str]) -> None:
    there = [Path(each) for each in traces if Path(each).exists()]
    if not there:
        return
    folder = os.path.relpath(there[0].parent)
    bytes_ = size(sum(each.stat().st_size for each in there))
    reporter.write_line(f"{counted(len(there), 'trace')} in {clean(folder)}, {bytes_}")
    if len(there) == 1:
        reporter.write_line(f"next: gilscope report {shell_word(os.path.relpath(there[0]))}")


def _session(reporter: Any, traces: list[str]) -> None:
    names = [shell_word(os.path.relpath(each)) for each in traces]
    parts = "the session" if len(names) == 1 else f"the session, in {len(names)} parts"
    reporter.write_line(f"recorded: {parts}, with pytest's own threads and fixtures")
    for name in names[:MOST_ROWS]:
        reporter.write_line(f"next: gilscope report {name}")
