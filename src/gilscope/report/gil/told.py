"""What a verdict is in words, and a sentence that several of them need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.words.numbers import percent, seconds

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, Run


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict as sentences, in which `code` stands between backticks."""

    summary: str
    evidence: str  # the numbers behind it
    advice: tuple[str, ...]  # what to try, most promising first


def in_the_rows(run: Run) -> str:
    """Say what part of the run a number is of that is no total; nothing if it is all of it."""
    return f" in the last {seconds(run.rows_s)}" if run.rows_from_s > 0 else ""


def somebody_waited(analysis: Analysis) -> str:
    gil = analysis.gil
    if not gil.wait_s:
        return "Nobody waited for the GIL at any time"
    share = f"{percent(gil.contended_fraction)} {of_the_run(analysis)}"
    return f"Somebody waited for the GIL during {share}"


def of_the_run(analysis: Analysis) -> str:
    """Say what shares are of."""
    return "of the run" if analysis.window is None else "of that time"


def how_contended(analysis: Analysis) -> str:
    """Say how little the GIL was waited for, and how much of the time it was held."""
    return (
        f"{somebody_waited(analysis)} (good: under 5 %);"
        f" the GIL was held {percent(analysis.gil.held_fraction)} {of_the_run(analysis)}."
    )
