"""What the page's script reads: the picture as JSON, and its columns, packed."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.picture.columns import LARGEST, Columns, packed, segments_of, tick_ns
from gilscope.picture.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis import Program
    from gilscope.analysis.model import Line
    from gilscope.picture.model import Lane, Picture

VERSION = 1


def script_json(value: Any) -> str:
    """Write JSON that may stand in a <script>: nothing in it can end that, or begin a comment."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def packed_text(columns: Columns) -> str:
    """The columns as base64 of gzip; the same bytes give the same text."""
    return base64.b64encode(gzip.compress(columns.data, compresslevel=6, mtime=0)).decode("ascii")


class Strings:
    """Each string once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str]:
        return list(self._numbers)


def picture_json(program: Program, picture: Picture) -> tuple[dict[str, Any], Columns]:
    """Return what is small, and the columns."""
    timeline = picture.timeline
    tick = tick_ns(max([1, *(each.end_ns for each in timeline.lanes)]))
    columns = packed(segments_of(timeline.spans, tick))
    strings = Strings()
    counts = np.bincount(timeline.spans.lane, minlength=len(timeline.lanes))
    first = np.cumsum(counts) - counts
    segments = zip(first.tolist(), counts.tolist(), strict=True)
    lanes = [
        {**_lane(lane), "segments": [at, count]}
        for lane, (at, count) in zip(timeline.lanes, segments, strict=True)
    ]
    small = {
        "version": VERSION,
        "tick_ns": tick,
        "none": LARGEST,
        "processes": _processes(program),
        "lanes": lanes,
        "states": [state.name.lower() for state in State],
        "lines": [_line(each, strings) for each in picture.lines],
        "columns": {name: list(place) for name, place in columns.places.items()},
        "strings": strings.all(),
    }
    return small, columns


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "kind": lane.kind.value,
        "process": lane.process,
        "name": lane.name,
        "group": lane.group,
        "thread": lane.thread,
        "start_s": lane.start_ns / 1e9,
        "end_s": lane.end_ns / 1e9,
        "exact_ns": lane.exact_ns,
    }


def _line(line: Line, strings: Strings) -> Sequence[int]:
    return strings.number(line.function), strings.number(line.file), line.line


def _processes(program: Program) -> list[dict[str, Any]]:
    several_hosts = len(program.hosts) > 1
    return [
        {
            "pid": each.pid,
            "host": each.host,
            "program": each.program,
            "label": f"{each.program} {each.pid}" + (f" on {each.host}" if several_hosts else ""),
            "start_s": each.start_s,
            "end_s": each.start_s + each.wall_s,
            "focus": each is program.focus,
            "recorded": True,
        }
        for each in program.processes
    ]
