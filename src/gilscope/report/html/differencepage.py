"""The comparison of runs as one page: what got better and worse, and where."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from gilscope.analysis.difference import Basis, Outcome
from gilscope.analysis.figures import FigureKind
from gilscope.picture.difference import draw_difference
from gilscope.picture.flames import FOLDED
from gilscope.report.difference import sentences
from gilscope.report.difference.json_ import to_dict
from gilscope.report.html.bundle import DIFFERENCE_ENTRY, bundle
from gilscope.report.html.differenceshapes import graphs_shape
from gilscope.report.html.frame import MOST_BYTES, code_block, data_block, head
from gilscope.report.html.listing import filled, listing
from gilscope.report.html.markup import Cell, Markup, element, join, prose, section, text
from gilscope.report.html.scriptdata import script_json
from gilscope.report.html.shapes import shortened
from gilscope.words import numbers
from gilscope.words.places import short_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gilscope.analysis.difference import Change, Difference
    from gilscope.analysis.figures import RunFigures, Subject
    from gilscope.picture.difference import DifferencePicture
    from gilscope.picture.pathsums import PathSums
    from gilscope.report.difference.verdicts import RunVerdict, Side

LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class _Room:
    """How many nodes a graph has, and how many changes of a kind and runs of a side are data."""

    nodes: int
    changes: int
    runs: int


# The first that the page has room for; of the last, nothing but texts of bounded length is left.
ROOMS = (_Room(1500, 200, 200), _Room(500, 50, 100), _Room(100, 10, 20), _Room(0, 0, 0))
# Which graph shows where a figure of a kind comes from.
GRAPHS = {FigureKind.BLAME: "blame", FigureKind.VICTIMS: "waited", FigureKind.LOCKS: "lock"}
GRAPHS_OF_RUN = {"held": "held", "waited": "waited", "longest wait": "waited", "stalled": "blame"}
GRAPHS_OF_RUN |= {"locks": "lock"}
CLASSES = {Outcome.BETTER: "better", Outcome.WORSE: "worse", Outcome.CHANGED: "changed"}
NEEDS_SCRIPT = "This picture needs JavaScript. The tables below say what differs."


def difference_page(found: Difference, before: Side, now: Side, sums: PathSums) -> Iterator[str]:
    """Yield the page; `sums` are of the runs of before, then those of now.

    It is at most MOST_BYTES long, whatever there is to compare.
    """
    pages = ("".join(_pieces(found, (before, now), sums, room)) for room in ROOMS)
    yield next(each for each in pages if len(each.encode()) <= MOST_BYTES)


def _pieces(
    found: Difference, sides: tuple[Side, Side], sums: PathSums, room: _Room
) -> Iterator[str]:
    drawn = draw_difference(sums, found, room.nodes)
    parts = bundle(DIFFERENCE_ENTRY)
    program = found.now[0].program or "program"
    yield from head(f"{program}: before and now", parts)
    yield f"{_header(found, program)}\n{_main(found, *sides, drawn)}\n"
    yield data_block("difference", script_json(_data(found, *sides, room)))
    yield data_block("graphs", script_json(graphs_shape(drawn)))
    yield code_block(parts)


def _data(found: Difference, before: Side, now: Side, room: _Room) -> dict[str, Any]:
    """What `--json` has, as far as there is room; `left_out` says how many rows of what are not."""
    data = to_dict(found, before, now)
    changes, left_out = [], {}
    for kind, some in itertools.groupby(data["changes"], key=lambda each: each["kind"]):
        rows = list(some)
        changes += rows[: room.changes]
        left_out[kind] = len(rows) - len(rows[: room.changes])
    for name in ("before", "now"):
        left_out[name] = len(data[name]) - len(data[name][: room.runs])
        data[name] = data[name][: room.runs]
    data |= {"changes": changes, "left_out": {name: n for name, n in left_out.items() if n}}
    shown: dict[str, Any] = shortened(data, LONGEST_TEXT)
    return shown


def _header(found: Difference, program: str) -> Markup:
    sides = [
        f"{when}: {numbers.counted(len(runs), 'run')} of Python {_pythons(runs)},"
        f" {_spread([run.wall_s for run in runs])}"
        for when, runs in (("before", found.before), ("now", found.now))
    ]
    title = element("h1", text(f"{program}: before and now", LONGEST_TEXT))
    about = element("p", text(" · ".join(sides), LONGEST_TEXT), class_="about")
    return element("header", title, about, id="top")


def _pythons(runs: Sequence[RunFigures]) -> str:
    return " and ".join(sorted({run.python for run in runs}))


def _spread(values: Sequence[float]) -> str:
    low, high = numbers.seconds(min(values)), numbers.seconds(max(values))
    return low if low == high else f"{numbers.seconds(median(values))} ({low} to {high})"


class _Links:
    """From names to where they can be seen in the graphs."""

    def __init__(self, drawn: DifferencePicture) -> None:
        self._graphs = drawn.graphs
        self._functions = {name: number for number, name in enumerate(drawn.functions)}

    def to(self, subject: Subject) -> dict[str, str | int | None]:
        """Return the attributes that lead there; none if no graph has it."""
        is_run = subject.kind is FigureKind.RUN
        graph = GRAPHS_OF_RUN.get(subject.name) if is_run else GRAPHS.get(subject.kind)
        if graph not in self._graphs:
            return {}
        number = self._functions.get((subject.name, subject.file))
        if is_run or number is not None:
            return {"data_graph": graph, "data_function": number}
        return {}

    def prose(self, content: str, verdict: RunVerdict) -> Markup:
        def code(name: str) -> Markup:
            subject = verdict.named.get(name)
            return element("code", text(name), **({} if subject is None else self.to(subject)))

        return prose(content, code)


def _main(found: Difference, before: Side, now: Side, drawn: DifferencePicture) -> Markup:
    links = _Links(drawn)
    wanted = element("p", text(NEEDS_SCRIPT), class_="needs-script")
    graph = section("flames", "Where: difference flame graph", wanted, class_="view")
    items = [element("li", prose(each)) for each in _said(found, before, now, drawn)]
    content = [
        _verdict(found, before, now, links),
        _table(found, FigureKind.RUN, links),
        graph if drawn.graphs else Markup(""),
        *(_table(found, kind, links) for kind in FigureKind if kind is not FigureKind.RUN),
        _runs(found, before, now, links),
        section("said", "What to know of these figures", element("ul", *items)),
    ]
    return element("main", join(content, "\n"), id="main")


def _verdict(found: Difference, before: Side, now: Side, links: _Links) -> Markup:
    """What is said of the difference, and what the report of the first run of each side says."""
    sides = [
        element("div", *_side(when, side.verdicts, links), class_="side")
        for when, side in (("Before", before), ("Now", now))
    ]
    return section(
        "verdict",
        "What got better and worse",
        element("p", prose(sentences.summary(found)), class_="summary"),
        element("div", *sides, class_="sides"),
    )


def _side(when: str, verdicts: Sequence[RunVerdict], links: _Links) -> Iterator[Markup]:
    kinds = [each.kind for each in verdicts]
    common = max(kinds, key=kinds.count)
    first = next(each for each in verdicts if each.kind == common)
    of = f", {kinds.count(common)} of {len(kinds)} runs" if len(kinds) > 1 else ""
    title = element("a", text(common), href="#runs", class_=f"kind {common}")
    yield element("h3", text(f"{when}: "), title, text(of))
    for content, kind in ((first.about, "scope"), (first.summary, ""), (first.evidence, "hint")):
        if content:
            yield element("p", links.prose(content, first), class_=kind or None)


def _table(found: Difference, kind: FigureKind, links: _Links) -> Markup:
    each = ", a second" if found.basis is Basis.SECOND else ""
    columns = ["", f"before{each}", f"now{each}", "difference", "what that tells"]
    columns[0] = {FigureKind.RUN: "figure", FigureKind.THREADS: "threads"}.get(kind, "function")
    rows = [_row(change, links) for change in found.of(kind)]
    title = sentences.TITLES[kind]
    return filled(f"table-{kind.value}", title[0].upper() + title[1:], columns, rows)


def _row(change: Change, links: _Links) -> list[Cell]:
    told = element(
        "span", text(sentences.OUTCOMES[change.outcome]), class_=CLASSES.get(change.outcome, "same")
    )
    sign = "+" if change.difference > 0 else ""
    difference = text(f"{sign}{numbers.seconds(change.difference)}")
    return [
        Cell(_name(change.subject, links)),
        _values(change.before),
        _values(change.now),
        Cell(difference, is_number=True, sort=change.difference),
        Cell(told),
    ]


def _name(subject: Subject, links: _Links) -> Markup:
    """What it is, and where in the graphs it can be seen."""
    if subject.kind is FigureKind.RUN:
        return element("span", text(sentences.RUN_NAMES[subject.name]), **links.to(subject))
    if not subject.file:
        return element("b", text(subject.name or "(no Python code)"))
    place = element("span", text(short_path(subject.file), LONGEST_TEXT), class_="place")
    return join([element("b", text(subject.name, LONGEST_TEXT), **links.to(subject)), place], " ")


def _values(values: Sequence[float]) -> Cell:
    middle = median(values)
    low, high = numbers.seconds(min(values)), numbers.seconds(max(values))
    spread = element("span", text(f" ({low} to {high})"), class_="spread")
    content = [text(numbers.seconds(middle)), *([spread] if low != high else [])]
    return Cell(join(content), is_number=True, sort=middle)


def _runs(found: Difference, before: Side, now: Side, links: _Links) -> Markup:
    rows = [
        [
            Cell(text(file)),
            Cell(text(when)),
            Cell(text(numbers.seconds(run.wall_s)), is_number=True, sort=run.wall_s),
            Cell(element("b", text(verdict.kind))),
            Cell(links.prose(shortened(verdict.summary, LONGEST_TEXT), verdict)),
        ]
        for when, runs, side in (("before", found.before, before), ("now", found.now, now))
        for run, file, verdict in zip(runs, side.files, side.verdicts, strict=True)
    ]
    table = listing("The runs", ["file", "side", "took", "verdict", "in a sentence"], rows)
    return section("runs", "The runs and their verdicts", table)


def _said(found: Difference, before: Side, now: Side, drawn: DifferencePicture) -> Iterator[str]:
    """Yield what a reader has to know to read the figures and the graph rightly."""
    sides = found.before, found.now
    if found.basis is Basis.SECOND:
        yield "Times in the graph are of a second of a run: thread-seconds, divided by its length."
    else:
        was, is_ = (numbers.seconds(mean(run.wall_s for run in runs)) for runs in sides)
        yield (
            "Times in the graph are of a whole run, in thread-seconds; runs took"
            f" {was} before and take {is_} now, and that is part of what differs."
        )
    if max(map(len, sides)) > 1:
        yield (
            "Where a side has several runs, the graph shows their means, since these add up;"
            " the tables show medians, with the least and the most."
        )
    yield (
        "Call paths of both sides are the same where their functions have the same names, in files"
        " that have the same name in a folder of the same name: lines may have moved. What was"
        " renamed is gone under its old name, and new under the other."
    )
    trees = [tree for each in drawn.graphs.values() for tree in (each.called, each.callers)]
    if any(FOLDED in tree.function for tree in trees):
        yield "What is small shares a frame, “(smaller paths)”: of which calls it is, differs."
    if not drawn.graphs:
        yield "There is no flame graph: nothing was held or waited for, or it found no room."
    yield from (f"{each[0].upper()}{each[1:]}." for each in sentences.notes(found))
    for when, side in (("before", before), ("now", now)):
        yield f"The report of a run from {when}: `gilscope report {side.files[0]} -o report.html`."
