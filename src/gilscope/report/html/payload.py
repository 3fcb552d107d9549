"""What the page's script reads: the picture as JSON, and its columns, packed."""

from __future__ import annotations

import base64
import gzip
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.picture.columns import (
    ALL_OF_IT,
    LARGEST,
    edges_of,
    packed,
    segments_of,
    step_of,
    tick_ns,
)
from gilscope.picture.compact import compact
from gilscope.picture.spans import joined
from gilscope.picture.states import State
from gilscope.picture.stretches import Kept
from gilscope.picture.timeline import coarser
from gilscope.report.html import shapes
from gilscope.report.html.otherlife import without_shape
from gilscope.report.html.sources import sources_data

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from gilscope.analysis import Program
    from gilscope.analysis.model import Line
    from gilscope.picture.columns import Columns
    from gilscope.picture.model import Picture, Timeline
    from gilscope.picture.spans import Spans
    from gilscope.report.gil.console import Options
    from gilscope.sources import Sources

VERSION = 1
_SAFETY = 0.9


def packed_text(columns: Columns) -> str:
    """The columns as base64 of gzip; the same bytes give the same text."""
    return base64.b64encode(gzip.compress(columns.data, compresslevel=6, mtime=0)).decode("ascii")


def fitting(picture: Picture, most_bytes: int) -> tuple[Picture, Columns, str]:
    """Return a picture whose columns take at most so many bytes, these columns, and their text.

    Where they would take more, more of the timeline is folded.
    """
    while True:
        columns = _columns(picture)
        text = packed_text(columns)
        timeline = picture.timeline
        is_coarsest = len(timeline.spans) <= len(timeline.lanes)
        if len(text) <= most_bytes or (is_coarsest and not len(timeline.edges)):
            return compact(picture), columns, text
        if is_coarsest:
            fewer = timeline.edges.longest(len(timeline.edges) // 2)
            picture = replace(picture, timeline=replace(timeline, edges=fewer))
            continue
        factor = _SAFETY * most_bytes / len(text)
        other = picture.without
        picture = replace(
            picture,
            timeline=coarser(timeline, factor),
            without=other and other.folded(round(len(other.spans) * factor)),
        )


def tick_of(picture: Picture) -> int:
    """Return how many ns a tick of the columns is."""
    lanes = picture.timeline.lanes
    exact_ns = min((each.exact_ns for each in lanes), default=0)
    if picture.timeline.stretches:
        exact_ns = 0
    return tick_ns(max([1, *(each.end_ns for each in lanes)]), exact_ns)


def _columns(picture: Picture) -> Columns:
    picture, tick = compact(picture), tick_of(picture)
    timeline = picture.timeline
    spans = joined([timeline.spans, *_other_spans(picture)])
    steps = np.ones(len(spans), np.int64)
    steps[: len(timeline.spans)] = _steps(timeline, tick)
    return packed(segments_of(spans, tick, steps) | edges_of(timeline.edges, tick))


def _steps(timeline: Timeline, tick: int) -> npt.NDArray[np.int64]:
    """Return to how many ticks the edges of spans are rounded: to one in exact stretches."""
    lanes, spans = timeline.lanes, timeline.spans
    of_lane = np.array([step_of(each.exact_ns, tick) for each in lanes], np.int64)
    steps = of_lane[spans.lane]
    process = np.array([each.process for each in lanes], np.int64)[spans.lane]
    for number, stretches in timeline.stretches.items():
        mine = np.flatnonzero(process == number)
        exact = Kept(stretches).has(spans.begin_ns[mine], spans.end_ns[mine])
        steps[mine[exact]] = 1
    return steps


def _other_spans(picture: Picture) -> Iterator[Spans]:
    """Yield those of the run without the GIL, whose lanes come after all others."""
    if picture.without is not None:
        spans = picture.without.spans
        yield replace(spans, lane=spans.lane + len(picture.timeline.lanes))


class Strings:
    """Each string once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(shapes.shown(text), len(self._numbers))

    def all(self) -> list[str]:
        return list(self._numbers)


def picture_json(
    program: Program,
    picture: Picture,
    columns: Columns,
    options: Options,
    sources: Sources | None,
) -> dict[str, Any]:
    """Return what is small of a picture, whose columns these are."""
    timeline, strings = picture.timeline, Strings()
    positions = shapes.positions_of(program)
    lanes = timeline.lanes_of(program.focus.process)
    offset_ns = round(program.focus.start_s * 1e9)
    return {
        "version": VERSION,
        "tick_ns": tick_of(picture),
        "mix_all": ALL_OF_IT,
        "none": LARGEST,
        "processes": shapes.process_shapes(program),
        "lanes": shapes.lane_shapes(timeline, positions, tick_of(picture)),
        "exact": shapes.stretch_shapes(timeline, positions),
        "states": [state.name.lower() for state in State],
        "lines": [_line(each, strings) for each in picture.lines],
        "paths": [],
        "edges": [0, len(timeline.edges)],
        "all_edges": timeline.all_edges,
        "marks": [shapes.mark_shape(each, lanes, offset_ns) for each in picture.marks],
        "flames": {name: shapes.flame_shape(each) for name, each in picture.flames.items()},
        "matrix": shapes.matrix_shape(picture.matrix, lanes),
        "distributions": {
            name: shapes.distribution_shape(each) for name, each in picture.distributions.items()
        },
        "sources": sources_data(picture.costs, sources),
        "without": without_shape(program, picture, options, offset_ns),
        "window": picture.window and [(offset_ns + each) / 1e9 for each in picture.window],
        "columns": {name: list(place) for name, place in columns.places.items()},
        "strings": strings.all(),
    }


def _line(line: Line, strings: Strings) -> Sequence[int]:
    return strings.number(line.function), strings.number(line.file), line.line
