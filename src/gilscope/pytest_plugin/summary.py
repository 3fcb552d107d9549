"""What pytest says at its end about the tests that were explored."""

from __future__ import annotations

from collections import Counter
from typing import Any

from gilscope.words import numbers

COLOURS = {"found": "red", "not proven": "yellow", "proven": "green"}
MOST_ROWS = 40


def summarize(reporter: Any, left_out_property: str) -> None:
    """One line for each test that has threads."""
    reports = [
        report
        for reports in reporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
    ]
    told = [(report.nodeid, dict(report.user_properties)) for report in reports]
    explored = [(name, facts) for name, facts in told if "explore" in facts]
    threaded = [each for each in explored if _is_worth_a_line(each[1])]
    threaded.sort(key=lambda each: (list(COLOURS).index(each[1]["explore"]), each[0]))
    reporter.section("gilscope explore")
    for name, facts in threaded[:MOST_ROWS]:
        _write(reporter, name, facts)
    left_out = len(threaded) - MOST_ROWS
    if left_out > 0:
        reporter.write_line(f"and {left_out:,} more")
    alone = len(explored) - len(threaded)
    if alone:
        tests = "1 test starts no thread" if alone == 1 else f"{alone:,} tests start no thread"
        reporter.write_line(f"{tests}: nothing to explore")
    left_to_others = Counter(
        facts[left_out_property] for _, facts in told if left_out_property in facts
    )
    for reason, count in sorted(left_to_others.items()):
        tests = "1 test was" if count == 1 else f"{count:,} tests were"
        reporter.write_line(f"{tests} run as always, and not explored: {reason}")


def _is_worth_a_line(facts: dict[str, Any]) -> bool:
    return bool(facts["explore_threads"] > 1 or facts["explore"] != "proven")


def _write(reporter: Any, name: str, facts: dict[str, Any]) -> None:
    verdict = facts["explore"]
    reporter.write(f"{verdict:<10}", **{COLOURS[verdict]: True})
    executions = numbers.counted(facts["explore_executions"], "execution")
    reporter.write(f"  {name}  {facts['explore_worlds']}  {executions}")
    if verdict == "not proven":
        reporter.write(f": {facts['explore_reasons']}")
    reporter.line("")
