"""The run as it would have been without the GIL, as the page's script reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.report.html.shapes import positions_of, shown
from gilscope.report.prediction import sentences

if TYPE_CHECKING:
    from gilscope.analysis import Program
    from gilscope.picture.model import Picture
    from gilscope.picture.without import Without
    from gilscope.predict import Prediction

NOT_PREDICTED = "Nothing is predicted of a part of a run, nor of several traces."
DIFFERS = "The replay that was to be shown does not come out as the prediction did."


def without_shape(
    program: Program, picture: Picture, prediction: Prediction | None, offset_ns: int
) -> dict[str, Any]:
    """Its lanes, whose segments come after all others; or why there are none."""
    other, timeline = picture.without, picture.timeline
    if other is None:
        if prediction is None:
            return {"withheld": NOT_PREDICTED}
        is_told = prediction.withheld is not None
        return {"withheld": sentences.withheld(prediction) if is_told else DIFFERS}
    positions = positions_of(program)
    row, process = other.row, positions[program.focus.process]
    return {
        "process": process,
        "cores": row.cores,
        "from_s": offset_ns / 1e9,
        "to_s": offset_ns / 1e9 + program.focus.wall_s,
        "without_to_s": (offset_ns + other.end_ns) / 1e9,
        "wall_s": row.wall_ns / 1e9,
        "low_s": row.low_ns / 1e9,
        "high_s": row.high_ns / 1e9,
        "words": sentences.outcome(prediction) if prediction is not None else "",
        "lanes": _lanes(other, len(timeline.spans), process, offset_ns),
    }


def _lanes(other: Without, before: int, process: int, offset_ns: int) -> list[dict[str, Any]]:
    counts = np.bincount(other.spans.lane, minlength=len(other.lanes))
    segments = np.stack([before + np.cumsum(counts) - counts, counts], axis=1).tolist()
    return [
        {
            "kind": "thread",
            "process": process,
            "name": shown(lane.name),
            "group": None if lane.group is None else shown(lane.group),
            "thread": None,
            "pair": lane.pair,
            "start_s": (offset_ns + lane.start_ns) / 1e9,
            "end_s": (offset_ns + lane.end_ns) / 1e9,
            "exact_ns": other.exact_ns,
            "segments": some,
        }
        for lane, some in zip(other.lanes, segments, strict=True)
    ]
