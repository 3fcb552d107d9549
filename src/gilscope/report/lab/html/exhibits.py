"""Charts, tables, listings and lanes of an experiment, readable without a script."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gilscope.lab.kit.model import Shows
from gilscope.report.html.markup import Cell, Markup, element, join, prose, text
from gilscope.report.html.markup import Table as Grid
from gilscope.words import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.kit.model import Chart, Listing, Table, Track, Tracks

LONGEST_LINE = 4000
BAR_HEIGHT, LANE_HEIGHT, WAITING_HEIGHT = 12, 22, 3
RUNS, WAITS = "#", "."
# What runs and what waits is called, and its class: by what tracks show.
STATES = {
    Shows.GIL: {RUNS: ("has the GIL", "gil-run"), WAITS: ("waits for it", "gil-wait")},
    Shows.CORE: {RUNS: ("has a core", "core-run"), WAITS: ("wants one", "core-wait")},
}


def chart(shown: Chart) -> Markup:
    longest = max((bar.value for bar in shown.bars), default=0.0)
    rows = []
    for bar in shown.bars:
        width = bar.value / longest * 100 if longest > 0 else 0.0
        rect = element(
            "rect", class_="bar-fill", x="0", y="0", height=BAR_HEIGHT, width=_short(width)
        )
        drawn = element(
            "svg",
            rect,
            class_="bar-drawn",
            viewBox=f"0 0 100 {BAR_HEIGHT}",
            preserveAspectRatio="none",
            aria_hidden="true",
        )
        cells = [
            element("th", prose(bar.label), scope="row"),
            element("td", drawn, class_="drawn"),
            element("td", prose(bar.shown), class_="number", data_value=repr(bar.value)),
            element("td", prose(bar.note), class_="note"),
        ]
        rows.append(element("tr", *cells))
    caption = element("caption", prose(shown.heading))
    made = element("table", caption, element("tbody", *rows), class_="bars")
    return element(
        "div", made, class_="scroll", tabindex="0", role="group", aria_label=shown.heading
    )


def _short(value: float) -> str:
    return f"{value:.4g}"


def table(shown: Table) -> Markup:
    is_number = [
        all(row[index].lstrip("+-")[:1].isdigit() or not row[index] for row in shown.rows)
        for index in range(len(shown.headings))
    ]
    rows = [
        [Cell(_cell(each), number) for each, number in zip(row, is_number, strict=True)]
        for row in shown.rows
    ]
    return Grid(", ".join(shown.headings), shown.headings, rows, "group").markup()


def _cell(content: str) -> Markup:
    return prose(content)


def code_block(shown: Listing, stops: Sequence[int] = ()) -> Markup:
    """Lines to read and to copy; `stops` says with which stop of a walk each had run."""
    lines = []
    for line, stop in itertools.zip_longest(shown.lines, stops):
        # A line feed inside: what is copied by hand has lines, too.
        content = text(line or "", LONGEST_LINE)
        lines.append(element("span", content, class_="line", data_stop=stop))
    caption = element("figcaption", prose(shown.heading))
    code = element(
        "pre",
        element("code", join(lines, "\n")),
        tabindex="0",
        role="group",
        aria_label=shown.heading,
    )
    return element("figure", caption, code, class_="code-block")


def listing(shown: Listing) -> Markup:
    """Source as a block to copy; bytecode as rows, with what can happen at each."""
    if not shown.marked and shown.between is None:
        return code_block(shown)
    first, last = shown.between or (-1, -1)
    items = []
    for number, line in enumerate(shown.lines):
        inside = first <= number <= last
        notes = []
        if number == first:
            notes.append(element("span", text("reads"), class_="access"))
        if number == last:
            notes.append(element("span", text("writes"), class_="access"))
        if number in shown.marked:
            notes.append(element("span", text("→ a switch can fall here"), class_="switch"))
        kinds = [
            name
            for name, is_so in (("inside", inside), ("marked", number in shown.marked))
            if is_so
        ]
        code = element("code", text(line, LONGEST_LINE))
        items.append(element("li", code, *notes, class_=" ".join(kinds) or None))
    caption = element("figcaption", prose(shown.heading))
    legend = element("p", text(_said_of(shown)), class_="hint")
    return element("figure", caption, element("ol", *items), legend, class_="bytecode")


def _said_of(shown: Listing) -> str:
    if shown.between is None:
        return "An arrow marks where a switch can fall."
    first, last = shown.between
    inside = sum(first <= each <= last for each in shown.marked)
    where = f"{numbers.in_words(inside)} of them inside" if inside else "none of them inside"
    bracket = "The bracket is one update, from reading to writing."
    return f"{bracket} Arrows: where a switch can fall, {where}."


def tracks(shown: Tracks) -> Markup:
    """A lane for each worker: high while it runs, flat while it waits."""
    span = numbers.seconds(shown.span_s)
    states = STATES[shown.shows]
    scale = element("span", text("0 s")), element("span", text(span))
    head = element("tr", element("td"), element("td", element("div", *scale, class_="scale")))
    rows = [_lane(track, states) for track in shown.rows]
    caption = element("caption", prose(shown.heading))
    made = element("table", caption, element("tbody", head, *rows), class_="lanes")
    keys = [_key(*states[each]) for each in (RUNS, WAITS)]
    if shown.shows is Shows.GIL:
        keys.append(element("li", element("span", class_="key-none"), text("blank: neither")))
    else:
        keys.append(element("li", text("as high as the part of the time in which it ran")))
    return element("figure", made, element("ul", *keys, class_="legend"), class_="tracks")


def _lane(track: Track, states: dict[str, tuple[str, str]]) -> Markup:
    cells = track.cells
    if track.shares:
        rects = [_part(at, share, states) for at, share in enumerate(track.shares)]
        average = sum(track.shares) / len(track.shares)
        said = f"{states[RUNS][0]} for {numbers.percent(average)} of the time"
    else:
        rects = _runs(cells, states)
        said = ", ".join(
            f"{words} in {cells.count(cell)} of {len(cells)} slices of time"
            for cell, (words, _) in states.items()
        )
    drawn = element(
        "svg",
        *rects,
        viewBox=f"0 0 {max(1, len(cells))} {LANE_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{track.label}: {said}",
        data_cells=cells,
    )
    return element("tr", element("th", text(track.label), scope="row"), element("td", drawn))


def _runs(cells: str, states: dict[str, tuple[str, str]]) -> list[Markup]:
    rects = []
    at = 0
    for cell, group in itertools.groupby(cells):
        length = len(list(group))
        if cell in states:
            rects.append(_block(at, length, states[cell][1], is_high=cell == RUNS))
        at += length
    return rects


def _part(at: int, share: float, states: dict[str, tuple[str, str]]) -> Markup:
    """A column as high as the share; a flat one where there is hardly any."""
    height = share * (LANE_HEIGHT - 2)
    if height < WAITING_HEIGHT:
        return _block(at, 1, states[WAITS][1], is_high=False)
    rest = f"{LANE_HEIGHT - 1 - height:.2f}"
    return element("rect", class_=states[RUNS][1], x=at, y=rest, width=1.02, height=f"{height:.2f}")


def _block(at: int, length: int, kind: str, *, is_high: bool) -> Markup:
    top, height = (
        (1, LANE_HEIGHT - 2) if is_high else (LANE_HEIGHT - 1 - WAITING_HEIGHT, WAITING_HEIGHT)
    )
    return element("rect", class_=kind, x=at, y=top, width=length, height=height)


def _key(words: str, kind: str) -> Markup:
    is_high = kind.endswith("run")
    swatch = element(
        "svg",
        _block(0, 24, kind, is_high=is_high),
        class_="key",
        viewBox=f"0 0 24 {LANE_HEIGHT}",
        aria_hidden="true",
    )
    return element("li", swatch, text(words))
