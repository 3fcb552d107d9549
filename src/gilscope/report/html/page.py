"""The whole page: what is readable without a script, and what the script draws from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.sources import Sources
from gilscope.picture.columns import Columns
from gilscope.picture.compact import compact
from gilscope.report.gil.naming import places_of
from gilscope.report.html.bundle import bundle
from gilscope.report.html.data import report_data
from gilscope.report.html.frame import code_block, data_block, head
from gilscope.report.html.markup import Markup, element, join, section, text
from gilscope.report.html.naming import Names
from gilscope.report.html.payload import fitting, picture_json, script_json
from gilscope.report.html.said import said
from gilscope.report.html.tables import tables
from gilscope.report.html.verdict import header, helps, process_table, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.analysis import Program
    from gilscope.picture.model import Picture
    from gilscope.report.gil.console import Options

MOST_BYTES = 2_950_000
ROOM_FOR_TABLES = 350_000
NO_COLUMNS = Columns(b"", {})
# What the script fills; without it there are tables that say the same.
VIEWS = {
    "timeline": "Timeline",
    "without": "With and without the GIL",
    "flames": "Flame graphs",
    "matrix": "Who makes whom wait",
    "distributions": "How long waits and holds are",
    "sources": "Source",
}


def page(
    program: Program,
    picture: Picture,
    options: Options,
    most_bytes: int = MOST_BYTES,
    larger: str = "",
) -> Iterator[str]:
    """Yield the page, piece by piece: all that is drawn in it takes what the rest leaves.

    `larger` says where there is a larger one, if this one has less than the picture.
    """
    report = script_json(report_data(program, options.prediction))
    sources = sources_of(program, options)
    parts = bundle()
    # Everything but the columns hardly changes when more of the timeline is folded.
    trial = picture_json(program, compact(picture), NO_COLUMNS, options, sources)
    rest = len(report) + len(script_json(trial)) + len(parts.script) + len(parts.style)
    drawn = picture
    picture, columns, packed = fitting(picture, most_bytes - rest - ROOM_FOR_TABLES)
    small = picture_json(program, picture, columns, options, sources)
    small["said"] = list(said(program, picture))
    if larger and picture.timeline.lanes != drawn.timeline.lanes:
        small["said"].append(larger)
    yield from head(program.analysis.run.program or "program", parts)
    names = names_of(program, picture, sources)
    yield f"{header(program)}\n{_main(names, program, options, small['said'])}\n"
    yield data_block("report", report)
    yield data_block("picture", script_json(small))
    yield '<script type="application/octet-stream;base64" id="columns">'
    yield f"{packed}</script>\n"
    yield code_block(parts)


def sources_of(program: Program, options: Options) -> Sources | None:
    """Return the reader of the program's files, if they may be read."""
    recorded = program.analysis.whole or program.analysis.run
    known = recorded.started_unix_s > 0
    ended_unix_s = recorded.started_unix_s + recorded.wall_s if known else 0.0
    return Sources(ended_unix_s, program.analysis.run.cells) if options.with_source else None


def names_of(program: Program, picture: Picture, sources: Sources | None) -> Names:
    """Return what things are called, and where they are in the picture."""
    lanes = picture.timeline.lanes_of(program.focus.process)
    lines = {line: index for index, line in enumerate(picture.lines)}
    return Names(places_of(program.analysis), sources, lines, lanes, program.focus.start_s)


def _main(names: Names, program: Program, options: Options, facts: list[str]) -> Markup:
    analysis = program.analysis
    wanted = "This picture needs JavaScript. The tables below say what it shows."
    views = [
        section(name, title, element("p", text(wanted), class_="needs-script"), class_="view")
        for name, title in VIEWS.items()
    ]
    items = [element("li", names.sentence(each)) for each in facts]
    content = [
        verdict(names, program, options.prediction),
        helps(names, analysis, options.prediction),
        *views,
        tables(names, analysis),
        process_table(program),
        section("said", "What is not shown", element("ul", *items)),
    ]
    return element("main", join(content, "\n"), id="main")
