"""What is said of a budget, in which names and conditions stand between backticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.budget.kinds import Kind
from gilscope.budget.names import figures, plain
from gilscope.budget.outcome import Outcome, Reason, overall
from gilscope.words.numbers import chosen_seconds, counted, in_words, percent, seconds, size, whole
from gilscope.words.places import short_path
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gilscope.budget.outcome import Cause, Doubt, Found, Judged, Place, Plain

MOST_DOUBTS = 3
OF_WHOLE_RUN = "Budgets are of the whole run, and not of the window that the rest is about."
NOT_PASSED = "what is not known is not passed"
WHY = {
    Reason.NULL: "the report has none",
    Reason.NO_ROWS: "there is nothing to choose from",
    Reason.NOT_LISTED: "the report lists the longest only",
    Reason.BROKE_OFF: "the recording ended before the program did",
    Reason.DAMAGED: "a part of the trace is lost",
    Reason.INCOMPLETE: "some of the traces were not read, or have no end",
    Reason.END_ONLY: "the size of the trace was limited, and it is of the end of the run",
    Reason.NO_GIL: "the interpreter ran without a GIL",
    Reason.EMPTY: "nothing was recorded",
    Reason.FAILED: "the program failed at once",
    Reason.ELSEWHERE: "other processes did the work, and were not recorded",
    Reason.NO_REPORT: "there is no report",
}


def heading(judged: Judged) -> str:
    """Say what came of one condition."""
    condition = code(judged.limit.text)
    match judged.outcome:
        case Outcome.EXCEEDED:
            return f"Budget exceeded: {condition}"
        case Outcome.UNKNOWN:
            return f"Budget not known: {condition} ({NOT_PASSED})"
        case _:
            return f"Budget kept: {condition} is not the case"


def summary(judged: Sequence[Judged]) -> str:
    """Say what came of all of them, in one line."""
    if len(judged) == 1:
        return heading(judged[0])
    exceeded, unknown = (
        sum(each.outcome is outcome for each in judged)
        for outcome in (Outcome.EXCEEDED, Outcome.UNKNOWN)
    )
    if overall(judged) is Outcome.PASSED:
        return f"All {in_words(len(judged))} budgets kept"
    parts = [f"{count} {word}" for count, word in ((exceeded, "exceeded"), (unknown, "not known"))]
    told = " and ".join(part for part in parts if not part.startswith("0 "))
    return f"Of {in_words(len(judged))} budgets, {told}"


def details(judged: Judged) -> Iterator[str]:
    """Say which figures it was, and which lines are to blame; or what is not known, and why."""
    for found in judged.found:
        yield _found(found)
    if judged.found_more:
        yield f"and {counted(judged.found_more, 'more figure')}"
    yield from _causes(judged.places)
    for doubt in judged.doubts[:MOST_DOUBTS]:
        yield _doubt(doubt)
    if len(judged.doubts) > MOST_DOUBTS:
        more = len(judged.doubts) - MOST_DOUBTS
        yield f"and {counted(more, 'more figure is', 'more figures are')} not known"


def code(text: str) -> str:
    """Between backticks, which none inside ends."""
    return f"`{clean(text).replace('`', chr(39))}`"


def place(where: Place) -> str:
    """Write `parse` `app.py:41` (worker-0), as much of it as is known."""
    parts = []
    if where.file:
        function = f"{code(where.function)} " if where.function else ""
        line = f":{where.line}" if where.line else ""
        parts.append(f"{function}{code(short_path(where.file) + line)}")
    elif where.function:
        parts.append(code(where.function))
    if where.thread:
        parts.append(f"in {code(where.thread)}" if parts else code(where.thread))
    return " ".join(parts)


def first_found(judged: Judged) -> str:
    """Say in one line by what a condition is exceeded, or what it is that nobody knows."""
    if judged.outcome is Outcome.EXCEEDED and judged.found:
        return f"Budget exceeded: {_found(judged.found[0])}"
    if judged.doubts:
        return f"Budget not known: {_doubt(judged.doubts[0])}"
    return heading(judged)


def _found(found: Found) -> str:
    name = code(plain(found.figure))
    at = f", {place(found.place)}" if found.place is not None else ""
    if not found.operator:
        return f"{name} is {shown(found.value, found.kind)}{at}"
    value, limit = _apart(found)
    return f"{name} is {value} ({found.operator} {limit}){at}"


def _apart(found: Found) -> tuple[str, str]:
    """Both values, with as many digits as it takes to tell them apart."""
    value, limit = shown(found.value, found.kind), _chosen(found.limit, found.kind)
    if shown(found.limit, found.kind) == value and found.value != found.limit:
        return f"{found.value}{_unit(found.kind)}", f"{found.limit}{_unit(found.kind)}"
    return value, limit


def _chosen(limit: Plain, kind: Kind) -> str:
    """A limit, to the last digit that somebody wrote."""
    if isinstance(limit, int | float) and not isinstance(limit, bool):
        if kind is Kind.SHARE:
            return f"{100 * limit:g} %"
        if kind is Kind.SECONDS:
            return chosen_seconds(limit)
    return shown(limit, kind)


def shown(value: Plain, kind: Kind) -> str:
    """Write a value of the JSON report for people."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return code(value)
    match kind:
        case Kind.SECONDS:
            return seconds(value)
        case Kind.SHARE:
            return percent(value)
        case Kind.BYTES:
            return size(round(value))
        case _:
            return whole(int(value)) if value == int(value) else f"{value:g}"


def _unit(kind: Kind) -> str:
    return {Kind.SECONDS: " s", Kind.BYTES: " bytes"}.get(kind, "")


def _causes(causes: Iterable[Cause]) -> Iterator[str]:
    parts = [f"{place(each.place)} {seconds(each.value_s)}" for each in causes]
    if parts:
        name = code(plain(next(iter(causes)).figure))
        yield f"{name} by line: {'; '.join(parts)}"


def _doubt(doubt: Doubt) -> str:
    why = WHY[doubt.reason]
    if not doubt.figure:
        return why
    name = code(plain(doubt.figure))
    if doubt.at_least is not None:
        least = shown(doubt.at_least, figures().get(doubt.figure, Kind.NUMBER))
        return f"{name} is {least} or more: {why}"
    return f"{name} is not known: {why}"
