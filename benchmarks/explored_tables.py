"""Show what explore said of the tests of packages: by package, and why so much is not proven."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from environments import Environment
    from package_tests import Answer

VERDICTS = ("found", "proven", "not proven")
ANSWERS = ("found", "proven")
FAULTS = ("hang", "crash", "error")
MOST_REASONS = 30
OWN_TO_A_TEST = re.compile(r"( at|:) \S+\.py:\d+|\d[\d,]* (?=element|preemption)")  # of a reason


def report(
    environment: Environment, counts: dict[str, int], answers: list[Answer], seconds: float
) -> str:
    parts = [
        f"Python {environment.python_version}, {seconds:g} s for each test and world.",
        "\n".join(_packages(counts, answers)),
        _share(answers),
        "\n".join(_reasons(answers)),
    ]
    faults = [answer for answer in answers if answer.verdict not in VERDICTS]
    if faults:
        parts.append(
            "\n".join(f"- {each.package} `{each.test}`: {each.verdict}" for each in faults)
        )
    return "\n\n".join(parts)


def _packages(counts: dict[str, int], answers: list[Answer]) -> Iterator[str]:
    yield "| package | thread tests | explored | found | proven | not proven | else |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    for pin, count in counts.items():
        own = [each for each in answers if each.package == pin.partition("==")[0]]
        yield _row(pin.replace("==", " "), count, own)
    yield _row("all", sum(counts.values()), answers)


def _row(name: str, count: int, answers: list[Answer]) -> str:
    said = Counter(answer.verdict for answer in answers)
    cells = " | ".join(str(said.pop(verdict, 0) or "") for verdict in VERDICTS)
    rest = ", ".join(f"{number} {verdict}" for verdict, number in said.items())
    return f"| {name} | {count or ''} | {len(answers) or ''} | {cells} | {rest} |"


def _share(answers: Iterable[Answer]) -> str:
    """Of those that explore accepts."""
    said = [each for each in answers if each.verdict in (*VERDICTS, *FAULTS)]
    ended = sum(answer.verdict in ANSWERS for answer in said)
    share = f"{ended / len(said):.0%}" if said else "none"
    return f"Found or proven: {ended} of {len(said)} ({share})."


def _reasons(answers: Iterable[Answer]) -> Iterator[str]:
    """By frequency; how often it was the only one, so that without it there had been an answer."""
    tests: dict[str, set[str]] = defaultdict(set)
    alone: Counter[str] = Counter()
    packages: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        if answer.verdict in ANSWERS:
            continue
        kinds = {kind_of(reason) for reason in answer.reasons}
        for kind in kinds:
            tests[kind].add(answer.test)
            packages[kind].add(answer.package)
        if len(kinds) == 1:
            alone.update(kinds)
    yield "| reason | tests | as the only one | packages |"
    yield "|---|--:|--:|---|"
    frequent = sorted(tests, key=lambda kind: (-len(tests[kind]), -alone[kind], kind))
    for kind in frequent[:MOST_REASONS]:
        names = ", ".join(sorted(packages[kind]))
        yield f"| {kind} | {len(tests[kind])} | {alone[kind] or ''} | {names} |"
    if len(frequent) > MOST_REASONS:
        least = len(tests[frequent[MOST_REASONS - 1]])
        left = len(frequent) - MOST_REASONS
        yield f"\nThere are {left} more reasons, each in at most {least} tests."


def kind_of(reason: str) -> str:
    """A reason without what is of one test only."""
    return OWN_TO_A_TEST.sub("", reason).replace("|", "\\|")
