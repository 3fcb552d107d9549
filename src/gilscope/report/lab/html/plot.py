"""Curves as a picture that needs no script: SVG, with its figures for screen readers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.lab.kit.pictures import Unit
from gilscope.report.html.markup import Markup, element, prose, text
from gilscope.words.numbers import percent, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.lab.kit.pictures import Curve, Curves, Point

WIDTH, HEIGHT = 520, 320
LEFT, RIGHT, TOP, BOTTOM = 66, 84, 26, 52
STEPS = (1, 2, 2.5, 5, 10)
LEAST_GAP = 17  # between two values that are written beside each other
MARKERS = 5  # looks of curves; with more, they come again


@dataclass(frozen=True, slots=True)
class Scale:
    """From figures to places in the picture."""

    low_x: float
    high_x: float
    low_y: float
    high_y: float
    is_log_y: bool

    def x(self, value: float) -> float:
        span = math.log(self.high_x / self.low_x) or 1.0
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(value / self.low_x) / span

    def y(self, value: float) -> float:
        if self.is_log_y:
            share = math.log(max(value, self.low_y) / self.low_y) / math.log(
                self.high_y / self.low_y
            )
        else:
            share = (value - self.low_y) / (self.high_y - self.low_y)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def plot(shown: Curves) -> Markup:
    """A figure with a legend."""
    ticks = _ticks(shown)
    across = [x for x, _ in shown.ticks]
    scale = Scale(min(across), max(across), ticks[0], ticks[-1], shown.is_log_y)
    parts = [*_grid(shown, scale, ticks)]
    for number, curve in enumerate(shown.curves):
        parts += _line(curve, scale, number % MARKERS)
    parts += _ends(shown.curves, scale)
    drawn = element(
        "svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=_in_words(shown)
    )
    keys = [_key(curve, number % MARKERS) for number, curve in enumerate(shown.curves)]
    caption = element("figcaption", prose(shown.heading))
    return element(
        "figure", caption, drawn, element("ul", *keys, class_="legend"), class_="plot-figure"
    )


def _ticks(shown: Curves) -> list[float]:
    """Round values that all points lie between."""
    values = [point.y for curve in shown.curves for point in curve.points]
    low, high = min(values), max(values)
    if shown.is_log_y:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return [10.0**each for each in range(first, max(last, first + 1) + 1)]
    rough = max(high, 1e-12) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(each * unit for each in STEPS if each * unit >= rough * 0.999)
    return [step * each for each in range(math.ceil(high / step - 1e-9) + 1)]


def _grid(shown: Curves, scale: Scale, ticks: Sequence[float]) -> list[Markup]:
    parts = []
    for value in ticks:
        y = f"{scale.y(value):.1f}"
        parts.append(element("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y))
        words = _written(value, shown.unit)
        parts.append(_words(words, LEFT - 8, scale.y(value) + 5, "tick", "end"))
    for x, words in shown.ticks:
        parts.append(_words(words, scale.x(x), HEIGHT - BOTTOM + 20, "tick", "middle"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(_words(shown.across, middle, HEIGHT - 8, "axis-name", "middle"))
    parts.append(_words(shown.up, 4, 12, "axis-name", "start"))
    if shown.x_mark is not None and scale.low_x <= shown.x_mark[0] <= scale.high_x:
        at, words = shown.x_mark
        place = f"{scale.x(at):.1f}"
        parts.append(
            element("line", class_="x-mark", x1=place, x2=place, y1=TOP, y2=HEIGHT - BOTTOM)
        )
        parts.append(_words(words, scale.x(at) + 5, TOP - 6, "tick", "start"))
    return parts


def _written(value: float, unit: Unit) -> str:
    match unit:
        case Unit.TIMES:
            return f"{value:g} x"
        case Unit.SECONDS:
            return seconds(value)
        case Unit.FRACTION:
            return percent(value)


def _words(words: str, x: float, y: float, kind: str, anchor: str) -> Markup:
    return element("text", text(words), class_=kind, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _line(curve: Curve, scale: Scale, look: int) -> list[Markup]:
    places = " ".join(f"{scale.x(each.x):.1f},{scale.y(each.y):.1f}" for each in curve.points)
    parts = [element("polyline", class_=f"curve look-{look}", points=places)]
    return parts + [_dot(curve, each, scale, look) for each in curve.points]


def _dot(curve: Curve, point: Point, scale: Scale, look: int) -> Markup:
    title = element("title", text(f"{curve.name}: {point.shown}"))
    return element(
        "g",
        title,
        _marker(scale.x(point.x), scale.y(point.y), look),
        class_="point",
        data_curve=curve.name,
        data_x=repr(point.x),
        data_y=repr(point.y),
    )


def _marker(x: float, y: float, look: int) -> Markup:
    """A shape of its own for each curve: colours alone tell nothing to some."""
    kind = f"dot look-{look}"
    if look == 0:
        return element("circle", class_=kind, cx=f"{x:.1f}", cy=f"{y:.1f}", r="5")
    shapes = ((), (-5, -5, 5, -5, 5, 5, -5, 5), (0, -7, 6, 5, -6, 5), (0, -7, 7, 0, 0, 7, -7, 0))
    corners = shapes[look] if look < len(shapes) else (-6, -5, 6, -5, 0, 7)
    pairs = zip(corners[::2], corners[1::2], strict=True)
    return element(
        "polygon", class_=kind, points=" ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in pairs)
    )


def _ends(curves: Sequence[Curve], scale: Scale) -> list[Markup]:
    """The last value of each curve, moved apart where two would lie on each other."""
    last = sorted(
        ((scale.y(each.points[-1].y), each.points[-1]) for each in curves if each.points),
        key=lambda end: end[0],
    )
    heights: list[float] = []
    for y, _ in last:
        heights.append(max(y, heights[-1] + LEAST_GAP) if heights else y)
    lowest = HEIGHT - BOTTOM - 4.0  # below are the names of the ticks
    for at in reversed(range(len(heights))):
        heights[at] = min(heights[at], lowest)
        lowest = heights[at] - LEAST_GAP
    return [
        _words(point.shown, scale.x(point.x) + 10, height + 5, "end-value", "start")
        for (_, point), height in zip(last, heights, strict=True)
    ]


def _key(curve: Curve, look: int) -> Markup:
    line = element("line", class_=f"curve look-{look}", x1="1", x2="33", y1="9", y2="9")
    swatch = element(
        "svg",
        line,
        _marker(17, 9, look),
        class_="key-line",
        viewBox="0 0 34 18",
        aria_hidden="true",
    )
    return element("li", swatch, text(curve.name))


def _in_words(shown: Curves) -> str:
    names = dict(shown.ticks)
    said = []
    for curve in shown.curves:
        points = ", ".join(
            f"{names.get(each.x, f'{each.x:g}')}: {each.shown}" for each in curve.points
        )
        said.append(f"{curve.name}: {points}")
    return f"{shown.heading}, by {shown.across}. {'; '.join(said)}."
