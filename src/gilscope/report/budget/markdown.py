"""A budget as Markdown: above all else, since it is what failed the build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.budget.outcome import Outcome
from gilscope.report.budget import sentences
from gilscope.words.markdown import prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.budget.outcome import Judged

MARKS = {Outcome.EXCEEDED: "❌", Outcome.UNKNOWN: "❔", Outcome.PASSED: "✅"}


def lines_of(judged: Sequence[Judged], *, beside_window: bool) -> list[str]:
    """A list of the conditions, with what was found below each.

    `beside_window`: the rest of the report is about a window of the run.
    """
    lines = []
    for each in judged:
        lines.append(f"- {MARKS[each.outcome]} {prose(sentences.heading(each))}")
        lines += [f"  - {prose(detail)}" for detail in sentences.details(each)]
    if lines and beside_window:
        lines += ["", sentences.OF_WHOLE_RUN]
    return [*lines, ""] if lines else []
