"""The parts of a picture as the page's script reads them: plain JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.picture.columns import step_of
from gilscope.picture.marks import MarkKind
from gilscope.picture.stretches import StretchKind
from gilscope.picture.timeline import largest
from gilscope.report.html.room import room
from gilscope.words import numbers
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gilscope.analysis import Program
    from gilscope.picture.flames import Flame
    from gilscope.picture.lane import Lane
    from gilscope.picture.lengths import Distribution
    from gilscope.picture.marks import Mark
    from gilscope.picture.matrix import Matrix
    from gilscope.picture.model import Timeline

STRETCHES = {
    StretchKind.FIRST: "the first moments",
    StretchKind.WINDOW: "of the window that the verdict is about",
    StretchKind.STALL: "a stall",
    StretchKind.WAIT: "one of the longest waits",
    StretchKind.BLAME: "a hold that made others wait",
}
DIGITS = 9  # of seconds: whole nanoseconds


def shown(name: str) -> str:
    """Return a name as the page shows it: what cannot be seen is spelled out, and no more of it
    than the page has room for.
    """
    return clean(name, most_characters=room().characters)


def shortened(value: Any, longest: int) -> Any:
    """Return plain JSON with no text in it longer than that; what was cut ends in an ellipsis."""
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[: longest - 1]}…"
    if isinstance(value, dict):
        return {name: shortened(each, longest) for name, each in value.items()}
    if isinstance(value, list):
        return [shortened(each, longest) for each in value]
    return value


def lane_shapes(
    timeline: Timeline, positions: Mapping[int, int], tick_ns: int
) -> list[dict[str, Any]]:
    """All lanes of what was recorded."""
    counts = np.bincount(timeline.spans.lane, minlength=len(timeline.lanes))
    segments = np.stack([np.cumsum(counts) - counts, counts], axis=1).tolist()
    return [
        lane_shape(lane, positions, some) | {"step_ns": step_of(lane.exact_ns, tick_ns) * tick_ns}
        for lane, some in zip(timeline.lanes, segments, strict=True)
    ]


def lane_shape(lane: Lane, positions: Mapping[int, int], segments: Sequence[int]) -> dict[str, Any]:
    """A lane; `positions` says where its process is in the picture's list of them."""
    return {
        "kind": lane.kind.value,
        "process": positions[lane.process],
        "name": shown(lane.name),
        "group": None if lane.group is None else shown(lane.group),
        "thread": lane.threads[0] if len(lane.threads) == 1 else None,
        "threads": len(lane.threads),
        "start_s": lane.start_ns / 1e9,
        "end_s": lane.end_ns / 1e9,
        "exact_ns": lane.exact_ns,
        "segments": list(segments),
    }


def positions_of(program: Program) -> dict[int, int]:
    """Return where processes are in the picture's list of them, by number: those with lanes are."""
    chosen = largest(program, room().processes)
    return {each.process: index for index, each in enumerate(chosen)}


def stretch_shapes(timeline: Timeline, positions: Mapping[int, int]) -> list[dict[str, Any]]:
    """Stretches of the timeline that are exact though the rest is folded, by time."""
    found = [
        {
            "process": positions[process],
            "kind": each.kind.value,
            "from_s": each.from_ns / 1e9,
            "to_s": each.to_ns / 1e9,
            "text": STRETCHES[each.kind],
        }
        for process, some in timeline.stretches.items()
        for each in some
    ]
    return sorted(found, key=lambda each: (each["from_s"], each["to_s"]))


def process_shapes(program: Program) -> list[dict[str, Any]]:
    several_hosts = len(program.hosts) > 1
    return [
        {
            "pid": each.pid,
            "host": shown(each.host),
            "program": shown(each.program),
            "label": shown(f"{each.program} {each.pid}{f' on {each.host}' * several_hosts}"),
            "start_s": each.start_s,
            "end_s": each.start_s + each.wall_s,
            "focus": each is program.focus,
            "recorded": True,
        }
        for each in largest(program, room().processes)
    ]


def mark_shape(mark: Mark, lanes: Mapping[int, int], offset_ns: int) -> dict[str, Any]:
    """A mark; `lanes` are those of threads of the process in focus, which began at `offset_ns`."""
    return {
        "kind": mark.kind.value,
        "lane": None if mark.thread is None else lanes.get(mark.thread),
        "from_s": (offset_ns + mark.from_ns) / 1e9,
        "to_s": (offset_ns + mark.to_ns) / 1e9,
        "place": mark.place,
        "text": _mark_text(mark),
    }


def _mark_text(mark: Mark) -> str:
    lasted = numbers.seconds((mark.to_ns - mark.from_ns) / 1e9)
    match mark.kind:
        case MarkKind.STALL:
            waited = numbers.counted(mark.waiters, "thread")
            return f"stall: the GIL was held {lasted} too long, and {waited} waited"
        case MarkKind.GC:
            return f"the cyclic garbage collector was seen at work for {lasted}"
        case MarkKind.LOOP:
            return f"the event loop could not go on for {lasted}: what it called took that long"
        case MarkKind.STOP:
            return f"the interpreter had stopped all threads for {lasted}"
        case MarkKind.WINDOW:
            about = "the verdict is about this" if mark.is_judged else "there was much waiting"
            return f"window of {lasted}: {about}"


def flame_shape(flame: Flame) -> dict[str, Any]:
    return {
        "parent": flame.parent,
        "place": flame.place,
        "value_s": [round(each, DIGITS) for each in flame.value_s],
        "folded_s": flame.folded_s,
    }


def matrix_shape(matrix: Matrix, lanes: Mapping[int, int]) -> dict[str, Any]:
    names = [
        "all others" if each.name is None else shown(each.name or f"thread {each.thread}")
        for each in matrix.members
    ]
    return {
        "names": names,
        "groups": [
            None if each.thread is not None else numbers.counted(each.threads, "thread")
            for each in matrix.members
        ],
        "lanes": [
            None if each.thread is None else lanes.get(each.thread) for each in matrix.members
        ],
        "cells": [
            [culprit, victim, round(wait_s, DIGITS)] for culprit, victim, wait_s in matrix.cells
        ],
        "folded_s": matrix.folded_s,
    }


def distribution_shape(found: Distribution) -> dict[str, Any]:
    return {
        "edges_s": [float(f"{each:.6g}") for each in found.edges_s],
        "counts": list(found.counts),
        "p50_s": found.p50_s,
        "p90_s": found.p90_s,
        "p99_s": found.p99_s,
        "max_s": found.max_s,
    }
