"""What is said of `--fail-if-worse`: on the screen and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from rich.text import Text

from gilscope.analysis.difference import Basis
from gilscope.analysis.worse import WhyUnknown, Worse
from gilscope.budget.outcome import STATUS, Outcome
from gilscope.report.budget.console import COLOURS
from gilscope.report.difference.sentences import ENOUGH_RUNS, RUN_NAMES
from gilscope.report.terminal import display
from gilscope.report.terminal.page import Page
from gilscope.report.terminal.table import wrap
from gilscope.words.numbers import seconds
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gilscope.analysis.worse import Judgement

OUTCOMES = {
    Worse.WORSE: Outcome.EXCEEDED,
    Worse.NOT_SHOWN: Outcome.PASSED,
    Worse.UNKNOWN: Outcome.UNKNOWN,
}
ENOUGH = f"record each side {ENOUGH_RUNS} times or more, and name all files"
WHY = {
    WhyUnknown.ONE_RUN: f"one run of a side does not tell how much runs vary: {ENOUGH}",
    WhyUnknown.TOO_FEW_RUNS: f"chance may set so few runs apart: {ENOUGH}",
    WhyUnknown.NO_GIL: "one of the runs had no GIL",
    WhyUnknown.LOST: "a part of a recording is lost",
    WhyUnknown.END_ONLY: "the size of a trace was limited, and this is of its end only",
    WhyUnknown.CUT_OFF: "not all runs came to their own end: only shares of sums can be compared",
}


def overall(judged: Iterable[Judgement]) -> Outcome:
    """Return the worst: worse, then not known."""
    found = {OUTCOMES[each.worse] for each in judged}
    order = (Outcome.EXCEEDED, Outcome.UNKNOWN)
    return next((each for each in order if each in found), Outcome.PASSED)


def print_worse(judged: Sequence[Judgement], basis: Basis, stream: TextIO) -> None:
    """Show what came of each limit."""
    page = Page(display.width_of(stream), display.encoding_of(stream), None)
    lines = lines_of(page, judged, basis)
    display.write(lines, stream, colour=display.wants_colour(stream))


def lines_of(page: Page, judged: Sequence[Judgement], basis: Basis) -> list[Text]:
    """A paragraph for each limit."""
    lines = []
    for each in judged:
        bar = Text("▌ ", COLOURS[OUTCOMES[each.worse]])
        style = "" if each.worse is Worse.NOT_SHOWN else "bold"
        lines += wrap(page.prose(_heading(each), style), page.width, bar, bar)
        first, following = Text.assemble(bar, "  "), Text.assemble(bar, "    ")
        for detail in _details(each, basis):
            lines += wrap(page.prose(detail), page.width, first, following)
    return lines


def _heading(judged: Judgement) -> str:
    text = clean(judged.least.text)
    match judged.worse:
        case Worse.WORSE:
            return f"Worse than before: `{text}`"
        case Worse.UNKNOWN:
            return f"Not known whether it is worse: `{text}` (what is not known is not passed)"
        case _:
            return f"Not shown to be worse: `{text}`"


def _details(judged: Judgement, basis: Basis) -> Iterator[str]:
    if judged.why is not None:
        yield WHY[judged.why]
        return
    assert judged.before_s is not None
    assert judged.now_s is not None
    assert judged.low_s is not None
    assert judged.high_s is not None
    assert judged.limit_s is not None
    each = " in a second" if basis is Basis.SECOND else ""
    yield (
        f"{RUN_NAMES[judged.least.name]}: {seconds(judged.before_s)} before,"
        f" {seconds(judged.now_s)} now{each} (medians)"
    )
    yield (
        f"the difference is between {_signed(judged.low_s)} and {_signed(judged.high_s)}"
        f" (95 % confidence), and counts from {_signed(judged.limit_s)} on"
    )


def _signed(value_s: float) -> str:
    return f"+{seconds(value_s)}" if value_s > 0 else seconds(value_s)


def to_dict(judged: Sequence[Judgement]) -> dict[str, Any] | None:
    """Plain values, in seconds; None where nothing was asked."""
    if not judged:
        return None
    outcome = overall(judged)
    return {
        "outcome": outcome.value,
        "exit_status": STATUS[outcome],
        "conditions": [
            {
                "worse": each.least.text,
                "outcome": OUTCOMES[each.worse].value,
                "reason": None if each.why is None else each.why.value,
                "before_s": each.before_s,
                "now_s": each.now_s,
                "low_s": each.low_s,
                "high_s": each.high_s,
                "limit_s": each.limit_s,
            }
            for each in judged
        ],
    }
