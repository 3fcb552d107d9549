"""What is to be said at which line of the program: the verdict, who is to blame, and budgets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gilscope.budget.outcome import Outcome
from gilscope.report.budget import sentences
from gilscope.report.gil import windows
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import tell
from gilscope.words.numbers import counted, percent, seconds
from gilscope.words.places import short_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gilscope.analysis import Program
    from gilscope.analysis.model import Analysis, Line
    from gilscope.budget.outcome import Judged, Place
    from gilscope.report.gil.console import Options

MOST_LINES = 5  # of each kind
LEAST_FRACTION = 0.05  # of all waiting


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"  # a budget is exceeded, or cannot be judged
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Remark:
    """`file` is "" where no line is known, `line` 0; `check` names the kind of remark."""

    level: Level
    check: str
    title: str
    message: str
    file: str = ""
    line: int = 0
    function: str = ""


def remarks_of(program: Program, options: Options) -> tuple[Remark, ...]:
    """Return them in the order of their importance; of each line and kind one."""
    analysis = program.analysis
    found = [*_budgets(options.budget), _verdict(program, options)]
    if program.focus.has_trouble:
        found += [*_stalls(analysis), *_blame(analysis)]
    if program.focus.has_trouble or program.focus.is_held_up:
        found += [*_locks(analysis), *_loop(analysis)]
    first = {(each.check, each.file, each.line, each.message): each for each in reversed(found)}
    order = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTICE: 2}
    kept = list(first.values())[::-1]
    return tuple(sorted(kept, key=lambda each: order[each.level]))


def _budgets(judged: Iterable[Judged]) -> Iterator[Remark]:
    for each in judged:
        if each.outcome is Outcome.PASSED:
            continue
        place = next(_places(each), None)
        yield Remark(
            Level.ERROR,
            "gil-budget",
            _plain(sentences.heading(each)),
            _plain("\n".join(sentences.details(each))),
            "" if place is None else place.file,
            0 if place is None else place.line,
            "" if place is None else place.function,
        )


def _places(judged: Judged) -> Iterator[Place]:
    for found in judged.found:
        if found.place is not None and found.place.file:
            yield found.place
    for cause in judged.places:
        if cause.place.file:
            yield cause.place


def _verdict(program: Program, options: Options) -> Remark:
    analysis = program.analysis
    told = tell(analysis, places_of(analysis), options.prediction)
    is_bad = program.focus.has_trouble or program.focus.is_held_up
    when = windows.when(analysis)
    parts = [each for each in (when, told.summary, told.evidence, *told.advice) if each]
    lines: Sequence[Line] = [row.line for row in analysis.stalls[:1]]
    lines = [*lines, *(row.line for row in analysis.blame)] if is_bad else []
    where = next((line for line in lines if line.file), None)
    title = f"gilscope: {analysis.verdict.kind.value}"
    level = Level.WARNING if is_bad else Level.NOTICE
    return _remark(level, "gil-verdict", title, "\n".join(parts), where)


def _stalls(analysis: Analysis) -> Iterator[Remark]:
    longest = {}
    for row in reversed(analysis.stalls):  # the longest comes first
        longest[row.line] = row
    rows = sorted(longest.values(), key=lambda row: -row.stall_s)
    for row in rows[:MOST_LINES]:
        message = (
            f"{_name(row.line)} did not let go of the GIL for {seconds(row.stall_s)} after it was"
            f" asked to, while {counted(row.waiters, 'thread')} waited"
        )
        yield _remark(Level.WARNING, "gil-stall", "Keeps the GIL", message, row.line)


def _blame(analysis: Analysis) -> Iterator[Remark]:
    for row in analysis.blame[:MOST_LINES]:
        if row.fraction >= LEAST_FRACTION:
            message = (
                f"{_name(row.line)} made other threads wait {seconds(row.caused_wait_s)} for the"
                f" GIL, {percent(row.fraction)} of all waiting"
            )
            yield _remark(Level.WARNING, "gil-blame", "Made others wait", message, row.line)


def _locks(analysis: Analysis) -> Iterator[Remark]:
    for row in [row for row in analysis.locks if not row.purpose][:MOST_LINES]:
        owner = "" if row.owner is None else f", while {_name(row.owner)} had it"
        message = (
            f"{_name(row.waiter)} waited {seconds(row.wait_s)} for a lock,"
            f" {counted(row.waits, 'time')}{owner}"
        )
        yield _remark(Level.WARNING, "lock-wait", "Waited for a lock", message, row.waiter)


def _loop(analysis: Analysis) -> Iterator[Remark]:
    for row in analysis.loop.blocked[:MOST_LINES]:
        message = (
            f"{_name(row.line)} blocked the event loop for {seconds(row.blocked_s)},"
            f" {counted(row.times, 'time')}"
        )
        yield _remark(Level.WARNING, "loop-blocked", "Blocks the event loop", message, row.line)


def _remark(level: Level, check: str, title: str, message: str, where: Line | None) -> Remark:
    text = _plain(message)
    if where is None:
        return Remark(level, check, title, text)
    return Remark(level, check, title, text, where.file, where.line, where.function)


def _name(line: Line) -> str:
    if not line.file:
        return line.function or "code that is not Python"
    return f"{line.function} ({short_path(line.file)}:{line.line})"


def _plain(text: str) -> str:
    return text.replace("`", "")
