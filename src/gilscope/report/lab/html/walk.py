"""The reference count of one object, moment by moment: a staircase, which the script walks on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gilscope.report.html.markup import Markup, element, join, prose, text

if TYPE_CHECKING:
    from gilscope.lab.kit.pictures import Stop, Walk

STEP, HEIGHT, LEFT, TOP, BOTTOM = 34, 190, 30, 26, 12
LEAST_WIDTH = 510  # a walk of few steps is not drawn larger
MOST_DATA = 4000


def walk(shown: Walk) -> Markup:
    """A figure: the staircase, and what each moment was; the script adds the object itself."""
    items = [_stop(number, each) for number, each in enumerate(shown.stops)]
    caption = element("figcaption", prose(shown.heading))
    return element(
        "figure", caption, _staircase(shown), element("ol", *items, class_="stops"), class_="walk"
    )


def _stop(number: int, stop: Stop) -> Markup:
    code = "; ".join(stop.code)
    content = [element("code", text(code, MOST_DATA)), text(" ")] if code else []
    content.append(element("span", prose(stop.what), class_="what"))
    if stop.freed:
        count = "freed"
    else:
        count = "no name to ask by" if stop.count is None else f"count {stop.count:,}"
    content += [text(" "), element("span", text(count), class_="count-then")]
    return element(
        "li",
        *content,
        data_stop=number,
        data_count=stop.count,
        data_freed="yes" if stop.freed else None,
        data_references=_listed(stop.references),
        data_uncounted=_listed(stop.uncounted),
        data_others=stop.others or None,
    )


def _listed(names: tuple[str, ...]) -> str:
    return json.dumps(names)


def _staircase(shown: Walk) -> Markup:
    """A column for each moment, as high as the count: the numbers stand on top."""
    counts = [stop.count or 0 for stop in shown.stops]
    unit = (HEIGHT - TOP - BOTTOM) / max(1, *counts)
    columns = []
    for number, stop in enumerate(shown.stops):
        x, height = LEFT + number * STEP, (stop.count or 0) * unit
        y = HEIGHT - BOTTOM - height
        kind = "stair" if stop.count is not None else "stair unknown"
        words = "?" if stop.count is None else f"{stop.count:,}"
        words = "freed" if stop.freed else words
        columns.append(
            element(
                "g",
                element(
                    "rect", class_=kind, x=x, y=f"{y:.1f}", width=STEP - 5, height=f"{height:.1f}"
                ),
                element(
                    "text",
                    text(words),
                    class_="stair-count",
                    x=x + (STEP - 5) / 2,
                    y=f"{y - 6:.1f}",
                    text_anchor="middle",
                ),
                data_stop=number,
            )
        )
    width = LEFT + STEP * len(shown.stops)
    base = element("line", class_="axis", x1=LEFT, x2=width, y1=HEIGHT - BOTTOM, y2=HEIGHT - BOTTOM)
    said = ", ".join("?" if each.count is None else f"{each.count:,}" for each in shown.stops)
    return element(
        "svg",
        join(columns),
        base,
        class_="stairs",
        viewBox=f"0 0 {max(width, LEAST_WIDTH)} {HEIGHT}",
        role="img",
        aria_label=f"the count, moment by moment: {said}",
    )
