"""The report for humans: one screen that says what the GIL cost, who paid, and what to do."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from rich.text import Text

from gilscope.analysis.closer import stands_for_run
from gilscope.analysis.model import VerdictKind
from gilscope.report.budget.console import lines_of as budget_lines
from gilscope.report.gil import (
    blocked,
    gathered,
    gillesstables,
    lockwaits,
    processes,
    tables,
    windows,
    without,
)
from gilscope.report.gil.footer import footer
from gilscope.report.gil.gains import is_outcome_told
from gilscope.report.gil.naming import places_of
from gilscope.report.gil.verdicts import notes, tell
from gilscope.report.gil.waysout import way_out
from gilscope.report.prediction.section import section
from gilscope.report.terminal import display
from gilscope.report.terminal.page import Page
from gilscope.report.terminal.table import fit, wrap
from gilscope.sources import Sources
from gilscope.words import numbers

if TYPE_CHECKING:
    from gilscope.analysis.collection import Collection
    from gilscope.analysis.model import Analysis, OpenRow
    from gilscope.analysis.processes import Program
    from gilscope.budget.outcome import Judged
    from gilscope.picture import Picture
    from gilscope.predict import Prediction

# One screen: what matters most, in some forty lines.
MOST_THREADS = 8
MOST_BLAMED = 5
MOST_VICTIMS = 3
MOST_PAIRS = 3
MOST_STALLS = 3
MOST_OPEN = 4
MOST_ADVICE = 3
MOST_WARNINGS = 4
LEAST_FRACTION = 0.01  # of all waiting: what is less changes nothing

COLOURS = {
    VerdictKind.UNCONTENDED: "green",
    VerdictKind.DEADLOCK: "red",
    VerdictKind.CPU_FULL: "green",
    VerdictKind.LOCK_BOUND: "yellow",
    VerdictKind.IDLE: "green",
    VerdictKind.CPU_BOUND: "yellow",
    VerdictKind.STALL: "red",
    VerdictKind.BUSY_WAIT: "red",
    VerdictKind.GC_PAUSE: "red",
    VerdictKind.CONVOY: "red",
    VerdictKind.EVENT_LOOP_STARVED: "red",
    VerdictKind.EVENT_LOOP_BLOCKED: "red",
    VerdictKind.NO_GIL: "green",
    VerdictKind.SCALES: "green",
    VerdictKind.STOPPED: "red",
    VerdictKind.EMPTY: "yellow",
    VerdictKind.FAILED: "yellow",
    VerdictKind.UNCLEAR: "yellow",
    VerdictKind.ELSEWHERE: "yellow",
}
# Where turns are taken by everybody, who cost whom is everybody everybody.
NO_TABLES = {VerdictKind.NO_GIL, VerdictKind.EMPTY, VerdictKind.FAILED}
ONE_SIDED = {
    VerdictKind.BUSY_WAIT,
    VerdictKind.STALL,
    VerdictKind.GC_PAUSE,
    VerdictKind.CONVOY,
    VerdictKind.EVENT_LOOP_STARVED,
}
ENDS = {  # what a reader should know about how the recording ended; orderly ends are not news
    "exit": "",
    "stopped": "",
    "killed": "killed",
    "max-size": "recorded up to --max-size",
    "disk-full": "recorded until the disk was full",
    "write-error": "recorded until writing failed",
    "overflow": "recorded until it overflowed",
    "undrained": "recorded until its collector was stopped or killed",
    "exec": "recorded until it became another program",
    "unfinished": "still running, or gilscope itself was killed",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What to show. `trace` is the file as the user named it; `traces` all, if there are more.

    `footer` takes the place of what to do with the trace, if it is not kept. `prediction` is of the
    process that the report is about, `picture` for a page that has one, `budget` what came of it.
    """

    trace: str
    footer: str = ""
    all_threads: bool = False
    with_source: bool = True
    traces: tuple[str, ...] = ()
    prediction: Prediction | None = None
    picture: Picture | None = None
    budget: tuple[Judged, ...] = ()


def print_report(
    analysis: Analysis, options: Options, stream: TextIO, program: Program | None = None
) -> None:
    """Show the analysis of one process, and which of its `program` that is."""
    width, encoding = display.width_of(stream), display.encoding_of(stream)
    lines = render(analysis, options, width, encoding, program)
    display.write(lines, stream, colour=display.wants_colour(stream))


def render(
    analysis: Analysis,
    options: Options,
    width: int,
    encoding: str = "utf-8",
    program: Program | None = None,
) -> list[Text]:
    """Lines of at most `width` cells."""
    run = analysis.run
    recorded = analysis.whole or run
    ended_unix_s = recorded.started_unix_s + recorded.wall_s if run.started_unix_s > 0 else 0.0
    sources = Sources(ended_unix_s, run.cells) if options.with_source else None
    page = Page(width, encoding, sources, places_of(analysis))
    scope = processes.scope(program) if program is not None else ""
    verdict = _verdict(page, analysis, scope, options.prediction)
    blocks = [_header(page, analysis), verdict, _open(page, analysis)]
    if program is not None and processes.is_worth_a_table(program):
        most = None if options.all_threads else processes.MOST_KINDS
        blocks.append(processes.table(page, program, most))
    collection = program.collection if program is not None else None
    if collection is not None:
        summary = page.prose(gathered.summary(collection), "dim")
        blocks.append(wrap(summary, page.width, Text(), Text()))
    if analysis.without_gil is not None:
        everything = options.all_threads
        blocks += gillesstables.tables(page, analysis.without_gil, everything=everything)
    elif analysis.verdict.kind not in NO_TABLES:
        blocks += _tables(page, analysis, options)
        if options.prediction is not None:
            is_told = is_outcome_told(analysis, options.prediction)
            blocks += section(page, options.prediction, is_told=is_told)
    blocks += [
        _warnings(page, analysis, collection),
        budget_lines(page, options.budget, beside_window=stands_for_run(analysis)),
        footer(page, analysis, options, collection),
    ]
    lines = itertools.chain.from_iterable([*block, Text()] for block in blocks if block)
    return list(lines)[:-1]


def _header(page: Page, analysis: Analysis) -> list[Text]:
    run = analysis.run
    count = len(analysis.threads)
    wall_s = analysis.whole.wall_s if analysis.whole is not None else run.wall_s
    facts = [f"Python {run.python}", numbers.seconds(wall_s)]
    if count:
        facts.append(numbers.counted(count, "thread"))
    if analysis.gil.acquires:
        facts.append("exact")
    name = page.text(run.program or "program", "bold")
    name.truncate(page.width // 2, overflow="ellipsis")
    text = Text.assemble(name)
    for fact in facts:
        text.append(" · ", "dim").append_text(page.text(fact))
    end = ENDS.get(run.end_reason, run.end_reason)
    if end:
        text.append(" · ", "dim").append_text(page.text(end, "yellow"))
    lines = [fit(text, page.width)]
    if run.rows_from_s > 0:
        kept = f"rows of the last {numbers.seconds(run.rows_s)}; totals of the whole run"
        lines.append(fit(page.text(kept, "yellow"), page.width))
    return lines


def _verdict(
    page: Page, analysis: Analysis, scope: str, prediction: Prediction | None
) -> list[Text]:
    told = tell(analysis, page.places, prediction)
    bar = Text("▌ ", COLOURS[analysis.verdict.kind])
    lines = wrap(page.prose(scope, "bold"), page.width, bar, bar) if scope else []
    for text, style in (
        (windows.when(analysis), "bold"),
        (told.summary, "bold"),
        (told.evidence, ""),
        (windows.rest(analysis) or windows.several(analysis), ""),
    ):
        lines += wrap(page.prose(text, style), page.width, bar, bar) if text else []
    first, following = Text.assemble(bar, ("→ ", "bold")), Text.assemble(bar, "  ")
    for advice in told.advice[:MOST_ADVICE]:
        lines += wrap(page.prose(advice), page.width, first, following)
    if page.sources is None or (way := way_out(analysis, page.sources, prediction)) is None:
        return lines
    command = page.text(way.command, "cyan")
    if command.plain != way.command:  # in what the stream can show, it would be another
        return lines
    names = " and ".join(f"`{name}`" for name in way.missing)
    values = "a value" if len(way.missing) == 1 else "values"
    sentence = f"Measure the ways out, with {values} for {names}:" if way.missing else ""
    lines += wrap(page.prose(sentence or "Measure the ways out:"), page.width, first, following)
    return lines + wrap(command, page.width, following, following)


def _tables(page: Page, analysis: Analysis, options: Options) -> list[list[Text]]:
    everything = options.all_threads
    blamed = [row for row in analysis.blame if row.caused_wait_s > 0][:MOST_BLAMED]
    victims = analysis.victims[:MOST_VICTIMS]
    if not everything:
        blamed = [row for row in blamed if row.fraction >= LEAST_FRACTION] or blamed[:1]
        victims = tuple(row for row in victims if row.fraction >= LEAST_FRACTION) or victims[:1]
    shown: list[list[Text]] = []
    if analysis.threads:
        most = None if everything else MOST_THREADS
        shown.append(tables.threads(page, analysis, most))
    if analysis.threads and everything:
        shown.append(tables.thread_details(page, analysis.threads))
    if everything and any(row.blocked for row in analysis.threads):
        shown.append(without.table(page, analysis))
    if blamed:
        shown.append(tables.blame(page, blamed))
    if victims:
        shown.append(tables.victims(page, victims))
    if analysis.pairs and (everything or analysis.verdict.kind in ONE_SIDED):
        shown.append(tables.pairs(page, analysis.pairs[:MOST_PAIRS]))
    blockers = blocked.worth_showing(analysis, everything=everything)
    shown.append(blocked.table(page, blockers, delayed=analysis.loop.delayed_s > 0))
    waits = lockwaits.worth_showing(analysis, everything=everything)
    if waits:
        shown.append(lockwaits.table(page, waits))
    if analysis.stalls:
        shown.append(tables.stalls(page, analysis.stalls[:MOST_STALLS], analysis.stall_count))
    return shown


def _open(page: Page, analysis: Analysis) -> list[Text]:
    """Who held and who waited, of a program that did not end by itself: where it hung."""
    locks = [row for row in analysis.open_locks if not row.purpose]
    if analysis.run.end_reason in ("exit", "stopped") or not (analysis.open or locks):
        return []
    ranked = sorted(analysis.open, key=lambda row: (not row.holding, -row.since_s))
    killed = analysis.run.end_reason == "killed"
    lines = [Text(f"when {'it was killed' if killed else 'the recording ended'}", "bold")]
    lines += [fit(_open_line(page, row), page.width) for row in ranked[:MOST_OPEN]]
    if len(ranked) > MOST_OPEN:
        lines.append(Text(f"and {numbers.whole(len(ranked) - MOST_OPEN)} more that waited", "dim"))
    lines += [fit(lockwaits.open_line(page, row), page.width) for row in locks[:MOST_OPEN]]
    if len(locks) > MOST_OPEN:
        more = f"and {numbers.whole(len(locks) - MOST_OPEN)} more that waited for locks"
        lines.append(Text(more, "dim"))
    return lines


def _open_line(page: Page, row: OpenRow) -> Text:
    name = page.text(row.thread, "bold")
    name.truncate(page.width // 3, overflow="ellipsis")
    text = Text.assemble(name)
    doing = "had held the GIL for" if row.holding else "had waited for the GIL for"
    text.append(f" {doing} ").append(numbers.seconds(row.since_s), "bold")
    if row.line.file:
        text.append(" at ").append_text(page.place(row.line))
    source = page.source(row.line)
    return text.append("  ").append_text(source) if source else text


def _warnings(page: Page, analysis: Analysis, collection: Collection | None) -> list[Text]:
    missing = gathered.gaps(collection) if collection is not None else ()
    warnings = [*missing, *notes(analysis), *analysis.warnings]
    left_out = len(warnings) - MOST_WARNINGS
    if left_out > 0:
        del warnings[MOST_WARNINGS:]
        warnings.append(f"{numbers.counted(left_out, 'more warning')}: --json has them all")
    if page.sources is not None:
        warnings += [
            f"{page.places.file(file)} has changed since: its lines may not be what ran"
            for file in page.sources.changed
        ]
    mark, indent = Text("! ", "yellow"), Text("  ")
    return [
        each for warning in warnings for each in wrap(page.prose(warning), page.width, mark, indent)
    ]
