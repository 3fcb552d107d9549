"""The timelines of all processes, within one budget of segments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.fold import Folded
from gilscope.picture.lanes import MOST_LANES, MOST_OF_FOCUS, MOST_PROCESSES, gils_of, lanes_of
from gilscope.picture.model import LaneKind, Timeline
from gilscope.picture.places import TracePlaces
from gilscope.picture.spans import NOTHING, joined
from gilscope.picture.walk import Walk, gil_lane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    import numpy.typing as npt

    from gilscope.analysis import Process, Program
    from gilscope.picture.model import Lane
    from gilscope.picture.places import Places
    from gilscope.picture.spans import Spans
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]
    Opener = Callable[[Process], AbstractContextManager[Trace]]

MOST_SEGMENTS = 200_000
SHARE_OF_FOCUS = 0.5


def timeline(
    program: Program,
    opened: Opener,
    places: Places,
    *,
    most: int = MOST_SEGMENTS,
    progress: Callable[[float], None] = lambda _: None,
) -> Timeline:
    """Draw all processes; what the others leave of `most` segments goes to the one in focus."""
    shown = _shown(program)
    others = [each for each in shown if each is not program.focus]
    each_most = max(2, (MOST_LANES - MOST_OF_FOCUS) // max(1, len(others)))
    drawn: dict[int, tuple[list[Lane], Spans]] = {}
    room = round(most * SHARE_OF_FOCUS)
    for done, each in enumerate(others):
        part = _one(each, opened, places, each_most, room // (len(others) - done))
        drawn[each.process] = part
        room -= len(part[1])
        progress((done + 1) / (len(others) + 1) / 2)
    used = sum(len(spans) for _, spans in drawn.values())
    drawn[program.focus.process] = _one(
        program.focus, opened, places, MOST_OF_FOCUS, most - used
    )
    progress(1.0)
    return _assembled(shown, drawn, len(program.processes) - len(shown))


def _shown(program: Program) -> list[Process]:
    """The processes that have lanes: the one in focus, and those that waited and held most."""
    ranked = sorted(
        program.processes,
        key=lambda each: (each is program.focus, each.wait_s, each.hold_s, each.wall_s),
        reverse=True,
    )
    return sorted(ranked[:MOST_PROCESSES], key=lambda each: each.process)


def _one(
    process: Process, opened: Opener, places: Places, most_lanes: int, most: int
) -> tuple[list[Lane], Spans]:
    with opened(process) as trace:
        lanes = lanes_of(trace, process, most_lanes)
        threads = [each.thread for each in lanes if each.thread is not None]
        gils = gils_of(trace, lanes)
        number = _numbers(lanes, threads, gils, trace.largest_thread)
        folded = Folded(most)
        for spans in Walk(trace, TracePlaces(trace, places), threads).spans():
            lane = number[spans.lane]
            folded.add(_renamed(spans, lane, number).select(lane >= 0))
        found = folded.finish()
    lanes = [replace(each, exact_ns=folded.exact_ns) for each in lanes]
    offset_ns = round(process.start_s * 1e9)
    return lanes, replace(
        found, begin_ns=found.begin_ns + offset_ns, end_ns=found.end_ns + offset_ns
    )


def _numbers(lanes: Sequence[Lane], threads: list[int], gils: list[int], largest: int) -> Ints:
    """Return the number of the lane by what a walk calls it; those of GILs count from the end."""
    size = largest + 2
    gap = 1 + max(gils, default=0)
    number = np.full(size + gap, NOTHING, np.int64)
    first = sum(each.kind is LaneKind.GIL for each in lanes)
    number[threads] = np.arange(len(threads)) + first
    number[gil_lane(np.array(gils, np.int64))] = np.arange(len(gils))
    return number


def _renamed(spans: Spans, lane: Ints, number: Ints) -> Spans:
    culprit = np.where(spans.culprit >= 0, number[np.maximum(spans.culprit, 0)], NOTHING)
    return replace(spans, lane=lane, culprit=culprit)


def _assembled(
    shown: Sequence[Process], drawn: dict[int, tuple[list[Lane], Spans]], without_lanes: int
) -> Timeline:
    lanes: list[Lane] = []
    parts = []
    for each in shown:
        some, spans = drawn[each.process]
        culprit = np.where(spans.culprit >= 0, spans.culprit + len(lanes), NOTHING)
        parts.append(replace(spans, lane=spans.lane + len(lanes), culprit=culprit))
        lanes += some
    threads = sum(each.kind is LaneKind.THREAD for each in lanes)
    left_out = sum(each.threads for each in shown) - threads
    return Timeline(tuple(lanes), joined(parts), max(0, left_out), without_lanes)
