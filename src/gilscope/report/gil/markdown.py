"""The report as Markdown: for a pull request, or the summary of a CI job."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar, TextIO

from gilscope.analysis.closer import stands_for_run
from gilscope.report.budget.markdown import lines_of as budget_lines
from gilscope.report.gil import processes, windows
from gilscope.report.gil.gathered import gaps
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import notes, tell
from gilscope.report.prediction import helping, sentences
from gilscope.words.markdown import code, details, prose, table
from gilscope.words.numbers import counted, percent, seconds, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gilscope.analysis import Program
    from gilscope.analysis.model import Analysis, Line, ThreadRow
    from gilscope.predict import Prediction
    from gilscope.report.gil.console import Options
    from gilscope.words.places import Places

MOST_ROWS = 10  # of a table: what is below changes little
MOST_PROCESSES = 20
MARKS = {True: "❗", False: "✅"}


class MarkdownRenderer:
    """Verdict and threads at once, the rest to unfold."""

    suffix: ClassVar[str] = ".md"

    def render(self, program: Program, options: Options, stream: TextIO) -> None:
        most = None if options.all_threads else MOST_ROWS
        lines = _lines(program, options, most)
        stream.write("\n".join(lines).rstrip() + "\n")


def _lines(program: Program, options: Options, most: int | None) -> list[str]:
    analysis, prediction = program.analysis, options.prediction
    places = places_of(analysis)
    blocks: Iterable[list[str]] = (
        _verdict(program, prediction, places),
        budget_lines(options.budget, beside_window=stands_for_run(analysis)),
        _threads(analysis, most),
        _helps(prediction, places),
        _blame(analysis, places, most),
        _victims(analysis, places, most),
        _pairs(analysis, places, most),
        _locks(analysis, places, most),
        _stalls(analysis, places, most),
        _processes(program),
        _notes(program),
    )
    return list(itertools.chain.from_iterable(blocks))


def _verdict(program: Program, prediction: Prediction | None, places: Places) -> list[str]:
    analysis, run = program.analysis, program.analysis.run
    told = tell(analysis, places, prediction)
    wall_s = analysis.whole.wall_s if analysis.whole is not None else run.wall_s
    about = [f"Python {run.python}", seconds(wall_s), counted(len(analysis.threads), "thread")]
    mark = MARKS[program.focus.has_trouble or program.focus.is_held_up]
    lines = [f"### gilscope: {code(run.program or 'program')}", "", prose(" · ".join(about)), ""]
    for words in (processes.scope(program), windows.when(analysis)):
        lines += [prose(words), ""] if words else []
    lines += [f"{mark} **{prose(told.summary)}**", "", prose(told.evidence), ""]
    more = windows.rest(analysis) or windows.several(analysis)
    lines += [prose(more), ""] if more else []
    return lines + [f"- {prose(each)}" for each in told.advice] + [""]


def _threads(analysis: Analysis, most: int | None) -> list[str]:
    rows = sorted(analysis.threads, key=lambda row: (row.wait_s, row.hold_s), reverse=True)
    shown = rows if most is None or len(rows) <= most + 1 else rows[:most]
    if not shown or not analysis.gil.acquires:
        return []
    lines = table(
        ["thread", "held", "waited", "p99 wait", "longest wait"], [_thread(row) for row in shown], 4
    )
    if len(shown) < len(rows):
        lines += ["", f"and {whole(len(rows) - len(shown))} threads that waited less"]
    return [*lines, ""]


def _thread(row: ThreadRow) -> list[str]:
    times = (row.hold_s, row.wait_s, row.wait_p99_s, row.longest_wait_s)
    return [code(row.name or f"thread {row.thread}"), *map(seconds, times)]


def _helps(prediction: Prediction | None, places: Places) -> list[str]:
    if prediction is None or prediction.withheld is not None:
        return []
    rows = [
        [
            prose(helping.what(each)),
            "" if each.line is None else _place(each.line, places),
            percent(each.gain),
            f"{percent(each.low)} to {percent(each.high)}",
        ]
        for each in prediction.what_helps[:MOST_ROWS]
    ]
    told = [prose(sentences.outcome(prediction)), ""]
    heading = ["with the GIL, but", "where", "saves", "between"]
    return details("What would help", told + (table(heading, rows, 2) if rows else []))


def _blame(analysis: Analysis, places: Places, most: int | None) -> list[str]:
    rows = [
        [
            _place(row.line, places),
            seconds(row.caused_wait_s),
            percent(row.fraction),
            seconds(row.longest_stall_s) if row.longest_stall_s else "",
        ]
        for row in analysis.blame[:most]
        if row.caused_wait_s > 0
    ]
    heading = ["line", "made others wait", "of all waiting", "longest stall"]
    return _folded("Lines that made others wait", heading, rows, 3)


def _victims(analysis: Analysis, places: Places, most: int | None) -> list[str]:
    rows = [
        [
            _place(row.line, places),
            seconds(row.wait_s),
            percent(row.fraction),
            whole(row.waits),
            seconds(row.longest_wait_s),
        ]
        for row in analysis.victims[:most]
    ]
    heading = ["line", "waited", "of all waiting", "times", "longest"]
    return _folded("Lines that waited", heading, rows, 4)


def _pairs(analysis: Analysis, places: Places, most: int | None) -> list[str]:
    rows = [
        [code(row.culprit), _place(row.culprit_line, places), code(row.victim), seconds(row.wait_s)]
        for row in analysis.pairs[:most]
    ]
    return _folded("Who made whom wait", ["culprit", "at", "victim", "waited"], rows, 1)


def _locks(analysis: Analysis, places: Places, most: int | None) -> list[str]:
    costs = [row for row in analysis.locks if not row.purpose][:most]
    rows = [
        [
            _place(row.waiter, places),
            _place(row.owner, places) if row.owner is not None else "not known",
            seconds(row.wait_s),
            whole(row.waits),
            seconds(row.longest_wait_s),
        ]
        for row in costs
    ]
    heading = ["waited for a lock", "which was taken at", "waited", "times", "longest"]
    return _folded("Waits for locks", heading, rows, 3)


def _stalls(analysis: Analysis, places: Places, most: int | None) -> list[str]:
    rows = [
        [
            _place(row.line, places),
            code(row.thread),
            seconds(row.start_s),
            seconds(row.stall_s),
            whole(row.waiters),
        ]
        for row in analysis.stalls[:most]
    ]
    heading = ["line", "thread", "at", "did not let go for", "waiting"]
    return _folded(f"The longest of {counted(analysis.stall_count, 'stall')}", heading, rows, 3)


def _processes(program: Program) -> list[str]:
    if not processes.is_worth_a_table(program):
        return []
    ranked = sorted(program.processes, key=lambda each: (-each.wait_s, -each.hold_s))
    rows = [
        [
            code(each.program),
            str(each.pid),
            processes.verdict_kind(each).value,
            seconds(each.hold_s),
            seconds(each.wait_s),
            "" if each.cpu_s is None else seconds(each.cpu_s),
        ]
        for each in ranked[:MOST_PROCESSES]
    ]
    heading = ["program", "pid", "verdict", "held", "waited", "CPU"]
    more = len(ranked) - len(rows)
    title = counted(len(ranked), "process", "processes") + (
        f", the {len(rows)} that waited most" if more > 0 else ""
    )
    return _folded(title, heading, rows, 3)


def _notes(program: Program) -> list[str]:
    missing = gaps(program.collection) if program.collection is not None else ()
    warnings = [*missing, *notes(program.analysis), *program.analysis.warnings]
    lines = [f"- {prose(each)}" for each in warnings]
    return details(counted(len(lines), "note"), lines)


def _folded(
    title: str, heading: Sequence[str], rows: Sequence[Sequence[str]], numbers: int
) -> list[str]:
    return details(title, table(heading, rows, numbers)) if rows else []


def _place(line: Line, places: Places) -> str:
    """`function` `app.py:41`."""
    if not line.file:
        return code(line.function or "(no Python code)")
    return f"{code(line.function)} {code(places.of(line))}"
