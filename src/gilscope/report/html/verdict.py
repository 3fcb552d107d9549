"""The top of the page: what it is about, the verdict, what would help, and the processes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gilscope.picture.judged import window_ns
from gilscope.report.gil import gathered, processes, windows
from gilscope.report.gil.console import ENDS
from gilscope.report.gil.elsewhere import REASONS
from gilscope.report.gil.gains import is_outcome_told
from gilscope.report.gil.verdicts import notes, tell
from gilscope.report.gil.waysout import way_out
from gilscope.report.html.listing import filled, first, listing, number, share
from gilscope.report.html.markup import (
    NAMES_IN_PROSE,
    NOTHING,
    Cell,
    Markup,
    element,
    section,
    text,
)
from gilscope.report.html.room import room
from gilscope.report.html.shapes import positions_of
from gilscope.report.prediction import helping, sentences
from gilscope.report.prediction.commands import command_for
from gilscope.sources import Sources
from gilscope.words import numbers
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.analysis.model import Analysis
    from gilscope.analysis.processes import Process, Program
    from gilscope.analysis.unrecorded import Unrecorded
    from gilscope.predict import Help, Prediction
    from gilscope.report.html.naming import Names


def header(program: Program) -> Markup:
    """The name of the program, and what is known of the run."""
    analysis, run = program.analysis, program.analysis.run
    wall_s = analysis.whole.wall_s if analysis.whole is not None else run.wall_s
    facts = [f"Python {run.python}", numbers.seconds(wall_s)]
    if analysis.threads:
        facts.append(numbers.counted(len(analysis.threads), "thread"))
    if len(program.processes) > 1:
        facts.append(numbers.counted(len(program.processes), "process", "processes"))
    if analysis.gil.acquires:
        facts.append("exact")
    if end := ENDS.get(run.end_reason, run.end_reason):
        facts.append(end)
    if run.rows_from_s > 0:
        facts.append(f"rows of the last {numbers.seconds(run.rows_s)}; totals of the whole run")
    title = element("h1", text(run.program or "program"))
    about = element("p", text(" · ".join(facts)), class_="about")
    return element("header", title, about, id="top")


def verdict(names: Names, program: Program, prediction: Prediction | None) -> Markup:
    """The verdict with its evidence, what to do, and what else a reader has to know."""
    analysis = program.analysis
    told = tell(analysis, names.places, prediction)
    paragraphs = [
        (processes.scope(program), "scope"),
        (windows.when(analysis), "window"),
        (told.summary, "summary"),
        (told.evidence, "evidence"),
        (windows.rest(analysis) or windows.several(analysis), "rest"),
    ]
    said = [
        element("p", names.sentence(content), class_=kind, **_when(program, kind))
        for content, kind in paragraphs
        if content
    ]
    advice = [element("li", names.sentence(each)) for each in told.advice]
    advice += _way_out(names, analysis, prediction)
    if advice:
        said.append(element("ul", *advice, class_="advice"))
    found = itertools.islice(_warnings(names, program), room().rows)
    warnings = [element("li", names.sentence(each)) for each in found]
    if warnings:
        said.append(element("ul", *warnings, class_="notes"))
    return section("verdict", "Verdict", *said, class_=analysis.verdict.kind.value)


def _when(program: Program, kind: str) -> dict[str, str]:
    """The window that a sentence is about, so that it leads there."""
    window = window_ns(program.analysis)
    if kind != "window" or window is None:
        return {}
    since_s, until_s = (program.focus.start_s + each / 1e9 for each in window)
    return {"data_from_s": f"{since_s:.9f}", "data_to_s": f"{until_s:.9f}"}


def _way_out(names: Names, analysis: Analysis, prediction: Prediction | None) -> list[Markup]:
    if names.sources is None or (way := way_out(analysis, names.sources, prediction)) is None:
        return []
    parameters = " and ".join(f"`{name}`" for name in way.missing)
    values = "a value" if len(way.missing) == 1 else "values"
    with_values = f", with {values} for {parameters}" if way.missing else ""
    sentence = names.sentence(f"Measure the ways out{with_values}:")
    return [element("li", sentence, text(" "), command(way.command))]


def command(words: str) -> Markup:
    """A command to copy; one that cannot be shown as it is does not appear."""
    is_long = len(words) > NAMES_IN_PROSE * room().characters
    if is_long or clean(words, most_characters=len(words)) != words:
        return NOTHING
    return element("code", text(words, len(words)), class_="command")


def _warnings(names: Names, program: Program) -> Iterator[str]:
    analysis = program.analysis
    if program.collection is not None:
        yield f"{gathered.summary(program.collection)}."
        yield from gathered.gaps(program.collection)
    yield from notes(analysis)
    yield from analysis.warnings
    for file in names.sources.changed if names.sources is not None else ():
        yield f"{names.places.file(file)} has changed since: its lines may not be what ran"


def helps(names: Names, analysis: Analysis, prediction: Prediction | None) -> Markup:
    """What is predicted, and which changes would help most."""
    if prediction is None:
        return NOTHING
    if prediction.withheld is not None:
        said = element("p", names.sentence(sentences.withheld(prediction)))
        return section("helps", "What would help", said)
    shown = prediction.what_helps[: helping.MOST_ROWS]
    rows = [
        [
            Cell(text(helping.what(each))),
            Cell(names.where(each.line) if each.line is not None else NOTHING),
            *(share(value) for value in (each.gain, each.low, each.high)),
            Cell(_test(each, prediction)),
        ]
        for each in shown
    ]
    outcome = [] if is_outcome_told(analysis, prediction) else [sentences.outcome(prediction)]
    told = [*outcome, sentences.error_of(prediction), sentences.price_of(prediction)]
    columns = ["with the GIL, but", "where", "saves", "at least", "at most", "to test it"]
    paragraphs = [element("p", names.sentence(each)) for each in told]
    table = listing("What would help", columns, rows)
    return section("helps", "What would help", *paragraphs, table)


def _test(change: Help, prediction: Prediction) -> Markup:
    found = command_for(change, prediction.run, Sources(prediction.run.ended_unix_s))
    return NOTHING if found is None else command(found)


def process_table(program: Program) -> Markup:
    if not processes.is_worth_a_table(program):
        return NOTHING
    numbers_of = positions_of(program)
    several = len(program.hosts) > 1
    ranked = sorted(
        program.processes, key=lambda each: (each is not program.focus, -each.wait_s, -each.hold_s)
    )
    rows = [
        _process(each, numbers_of.get(each.process), with_host=several) for each in first(ranked)
    ]
    rows += map(_unrecorded, first(program.unrecorded))
    of = len(ranked) + len(program.unrecorded)
    columns = ["process", "pid", "verdict", "GIL held", "waited", "CPU", "lived"]
    return filled("processes", "Processes", columns, rows, of)


def _process(process: Process, index: int | None, *, with_host: bool) -> Sequence[Cell]:
    name = process.program + (f" on {process.host or 'an unknown host'}" if with_host else "")
    held = min(1.0, process.hold_s / process.wall_s) if process.wall_s else 0.0
    kind = "still running" if process.is_unknown else processes.verdict_kind(process).value
    return (
        Cell(element("span", text(name), class_="process", data_process=index)),
        Cell(text(str(process.pid)), is_number=True, sort=process.pid),
        Cell(text(kind)),
        share(held),
        number(process.wait_s),
        number(process.cpu_s),
        number(process.wall_s),
    )


def _unrecorded(process: Unrecorded) -> Sequence[Cell]:
    nothing = Cell(text("?"), is_number=True)
    return (
        Cell(text(process.program)),
        Cell(text(str(process.pid)), is_number=True, sort=process.pid),
        Cell(text(f"not recorded: {REASONS[process.reason]}")),
        nothing,
        nothing,
        number(process.cpu_s),
        number(process.wall_s),
    )
