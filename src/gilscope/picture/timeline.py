"""The timelines of all processes, within one budget of segments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.edges import Edges, edges, joined_edges
from gilscope.picture.fold import Folded
from gilscope.picture.lanes import MOST_LANES, MOST_OF_FOCUS, MOST_PROCESSES, gils_of, lanes_of
from gilscope.picture.model import Timeline
from gilscope.picture.places import TracePlaces
from gilscope.picture.spans import NOTHING, joined
from gilscope.picture.stretches import shifted, stretches_of
from gilscope.picture.unmeasured import settled
from gilscope.picture.walk import Walk, gil_lane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    import numpy.typing as npt

    from gilscope.analysis import Process, Program
    from gilscope.picture.lane import Lane
    from gilscope.picture.places import Places
    from gilscope.picture.spans import Spans
    from gilscope.picture.stretches import Stretch
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]
    Opener = Callable[[Process], AbstractContextManager[Trace]]

MOST_SEGMENTS = 200_000
MOST_EDGES = 4000
SHARE_OF_FOCUS = 0.5


@dataclass(frozen=True, slots=True)
class _Limits:
    """How much of one process may be drawn."""

    lanes: int
    segments: int
    edges: int
    with_stretches: bool = False


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One process; lanes are numbered within it, times are of the recording."""

    lanes: list[Lane]
    spans: Spans
    edges: Edges
    all_edges: int
    stretches: list[Stretch]


def timeline(
    program: Program,
    opened: Opener,
    places: Places,
    *,
    most: int = MOST_SEGMENTS,
    progress: Callable[[float], None] = lambda _: None,
) -> Timeline:
    """Draw all processes; what the others leave of `most` segments goes to the one in focus."""
    shown = largest(program, MOST_PROCESSES)
    others = [each for each in shown if each is not program.focus]
    each_most = max(2, (MOST_LANES - MOST_OF_FOCUS) // max(1, len(others)))
    drawn: dict[int, _Drawn] = {}
    room = round(most * SHARE_OF_FOCUS)
    for done, each in enumerate(others):
        limits = _Limits(each_most, room // (len(others) - done), MOST_EDGES // (2 * len(others)))
        drawn[each.process] = part = _one(each, opened, places, limits)
        room -= len(part.spans)
        progress((done + 1) / (len(others) + 1) / 2)
    used = sum(len(each.spans) for each in drawn.values())
    limits = _Limits(
        MOST_OF_FOCUS, most - used, MOST_EDGES // (2 if others else 1), with_stretches=True
    )
    drawn[program.focus.process] = _one(program.focus, opened, places, limits)
    progress(1.0)
    return _assembled(shown, drawn, len(program.processes) - len(shown))


def largest(program: Program, most: int) -> list[Process]:
    """Return the process in focus, and those that waited and held most, in their order."""
    ranked = sorted(
        program.processes,
        key=lambda each: (each is program.focus, each.wait_s, each.hold_s, each.wall_s),
        reverse=True,
    )
    return sorted(ranked[:most], key=lambda each: each.process)


def _one(process: Process, opened: Opener, places: Places, limits: _Limits) -> _Drawn:
    with opened(process) as trace:
        lanes = lanes_of(trace, process, limits.lanes)
        threads = [thread for each in lanes for thread in each.threads]
        gils = gils_of(trace, lanes)
        number = _numbers(lanes, gils, trace.largest_thread)
        of_trace = TracePlaces(trace, places)
        apart = _stretches(process, trace, of_trace, limits)
        folded = Folded(limits.segments, stretches=apart)
        for spans in Walk(trace, of_trace, threads).spans():
            lane = number[spans.lane]
            folded.add(_renamed(spans, lane, number).select(lane >= 0))
        found = settled(folded.finish(), lanes, trace)
        arrows, all_of_them = edges(trace, of_trace, number, limits.edges)
    lanes = [replace(each, exact_ns=folded.exact_ns) for each in lanes]
    offset_ns = round(process.start_s * 1e9)
    found = replace(found, begin_ns=found.begin_ns + offset_ns, end_ns=found.end_ns + offset_ns)
    arrows = replace(arrows, at_ns=arrows.at_ns + offset_ns)
    return _Drawn(lanes, found, arrows, all_of_them, shifted(folded.stretches, offset_ns))


def _stretches(
    process: Process, trace: Trace, places: TracePlaces, limits: _Limits
) -> list[Stretch]:
    """Of the process that the report is about, what is to be exact in any case."""
    if not limits.with_stretches or process.analysis is None:
        return []
    return stretches_of(trace, process.analysis, places, limits.segments)


def _numbers(lanes: Sequence[Lane], gils: list[int], largest: int) -> Ints:
    """Return the number of the lane by what a walk calls it; those of GILs count from the end."""
    size = largest + 2
    gap = 1 + max(gils, default=0)
    number = np.full(size + gap, NOTHING, np.int64)
    for index, lane in enumerate(lanes):
        number[list(lane.threads)] = index
    number[gil_lane(np.array(gils, np.int64))] = np.arange(len(gils))
    return number


def _renamed(spans: Spans, lane: Ints, number: Ints) -> Spans:
    culprit = np.where(spans.culprit >= 0, number[np.maximum(spans.culprit, 0)], NOTHING)
    return replace(spans, lane=lane, culprit=culprit)


def _assembled(shown: Sequence[Process], drawn: dict[int, _Drawn], without_lanes: int) -> Timeline:
    lanes: list[Lane] = []
    spans, arrows = [], []
    for each in shown:
        part, first = drawn[each.process], len(lanes)
        culprit = np.where(part.spans.culprit >= 0, part.spans.culprit + first, NOTHING)
        spans.append(replace(part.spans, lane=part.spans.lane + first, culprit=culprit))
        edges_ = part.edges
        arrows.append(
            replace(edges_, from_lane=edges_.from_lane + first, to_lane=edges_.to_lane + first)
        )
        lanes += part.lanes
    threads = sum(len(each.threads) for each in lanes)
    left_out = sum(each.threads for each in shown) - threads
    all_edges = sum(each.all_edges for each in drawn.values())
    return Timeline(
        tuple(lanes),
        joined(spans),
        joined_edges(arrows),
        all_edges,
        max(0, left_out),
        without_lanes,
        {process: tuple(each.stretches) for process, each in drawn.items() if each.stretches},
    )


def coarser(timeline: Timeline, factor: float) -> Timeline:
    """Fold more, so that about a `factor` of the segments is left."""
    lanes, parts, stretches = list(timeline.lanes), [], {}
    process = np.array([each.process for each in lanes], np.int64)
    for each in np.unique(process).tolist():
        some = timeline.spans.select(process[timeline.spans.lane] == each)
        mine = np.flatnonzero(process == each).tolist()
        apart = timeline.stretches.get(each, ())
        folded = Folded(round(len(some) * factor), lanes[mine[0]].exact_ns, apart)
        folded.add(some)
        parts.append(folded.finish())
        if folded.stretches:
            stretches[each] = tuple(folded.stretches)
        for at in mine:
            lanes[at] = replace(lanes[at], exact_ns=folded.exact_ns)
    spans = joined(parts).in_order()
    return replace(timeline, lanes=tuple(lanes), spans=spans, stretches=stretches)
