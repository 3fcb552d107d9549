"""The whole page: what is readable without a script, and what the script draws from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError
from gilscope.picture.columns import Columns
from gilscope.picture.compact import compact
from gilscope.picture.reduce import reduced
from gilscope.report.gil.naming import places_of
from gilscope.report.html.bundle import bundle
from gilscope.report.html.data import report_data
from gilscope.report.html.frame import MOST_BYTES, code_block, data_block, head
from gilscope.report.html.markup import Markup, element, join, section, text
from gilscope.report.html.naming import Names
from gilscope.report.html.payload import fitting, picture_json
from gilscope.report.html.room import ROOMS, within
from gilscope.report.html.said import said
from gilscope.report.html.scriptdata import script_json
from gilscope.report.html.tables import tables
from gilscope.report.html.verdict import header, helps, process_table, verdict
from gilscope.sources import Sources
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gilscope.analysis import Program
    from gilscope.picture.model import Picture
    from gilscope.report.gil.console import Options

LEAST_FOR_COLUMNS = 1 / 3  # of a page, which the rest leaves, unless names are too long
FOR_WORDS = 8_000  # in which it is said what was folded
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a page is made of, how large it may be, and what to say where it shows less."""

    program: Program
    options: Options
    sources: Sources | None
    most_bytes: int
    larger: str


def page(
    program: Program,
    picture: Picture,
    options: Options,
    most_bytes: int = MOST_BYTES,
    larger: str = "",
) -> Iterator[str]:
    """Yield the page: the timeline takes what all the rest, which is measured, leaves of it.

    `larger` says where there is a larger one, if this one has less than the picture.

    Raises:
        GilscopeError: it cannot be made as small as `most_bytes`.
    """
    asked = _Asked(program, options, sources_of(program, options), most_bytes, larger)
    for bounds in ROOMS:
        with within(bounds):
            some = reduced(picture, lines=bounds.lines, nodes=bounds.nodes, marks=bounds.marks)
            left = most_bytes - FOR_WORDS - _Page(asked, compact(some), NO_COLUMNS).size()
            if left >= LEAST_FOR_COLUMNS * most_bytes or bounds is ROOMS[-1]:
                yield from _fitting(asked, some, left)
                return


def _fitting(asked: _Asked, picture: Picture, left: int) -> list[str]:
    """Return the page with so much timeline that all of it is small enough."""
    while left > 0:
        shown, columns, packed = fitting(picture, left)
        note = asked.larger if shown.timeline.lanes != picture.timeline.lanes else ""
        made = _Page(asked, shown, columns, packed, note)
        too_much = made.size() - asked.most_bytes
        if too_much <= 0:
            return made.pieces
        left -= too_much
    raise GilscopeError(
        f"this page would be larger than {numbers.size(asked.most_bytes)}",
        "name one of its processes with --process, or fewer traces",
    )


class _Page:
    """A page that is made; `packed` are its columns."""

    def __init__(
        self, asked: _Asked, picture: Picture, columns: Columns, packed: str = "", note: str = ""
    ) -> None:
        program, options = asked.program, asked.options
        parts = bundle()
        facts = [*said(program, picture), *([note] if note else [])]
        small = picture_json(program, picture, columns, options, asked.sources)
        small["said"] = facts
        names = names_of(program, picture, asked.sources)
        self.pieces = [
            *head(program.analysis.run.program or "program", parts),
            f"{header(program)}\n{_main(names, program, options, facts)}\n",
            data_block("report", script_json(report_data(program, options.prediction))),
            data_block("picture", script_json(small)),
            '<script type="application/octet-stream;base64" id="columns">',
            f"{packed}</script>\n",
            code_block(parts),
        ]

    def size(self) -> int:
        """Count its bytes."""
        return sum(len(each.encode()) for each in self.pieces)


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
    places = places_of(program.analysis)
    by_name = {places.of(line): number for line, number in lines.items()}
    return Names(places, sources, lines, by_name, lanes, program.focus.start_s)


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
