"""The run as it would have been without the GIL, as the page's script reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.report.html.shapes import positions_of, shown
from gilscope.report.prediction import sentences
from gilscope.words.text import shell_word

if TYPE_CHECKING:
    from gilscope.analysis import Program
    from gilscope.picture.model import Picture
    from gilscope.picture.without import Without
    from gilscope.predict import Prediction
    from gilscope.report.gil.console import Options

OF_A_PART = (
    "A part of a run is not replayed: what its threads waited for at the edges is not known. {}"
    " says it of the whole run; so does its page, without --from and --to."
)
OF_SEVERAL = (
    "Several traces are not replayed together. `gilscope predict FILE` says it of one of them; so"
    " does its page."
)
TOO_LONG = (
    "This run has too many holds for a replay of it to be drawn. {} says what it would take; or"
    " record a shorter run."
)
DIFFERS = "The replay that was to be shown does not come out as the prediction did."


def without_shape(
    program: Program, picture: Picture, options: Options, offset_ns: int
) -> dict[str, Any]:
    """Its lanes, whose segments come after all others; or why there are none."""
    other, timeline, prediction = picture.without, picture.timeline, picture.prediction
    if other is None:
        return {"withheld": _why_not(program, prediction, options)}
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


def _why_not(program: Program, prediction: Prediction | None, options: Options) -> str:
    """Say why there is no replay to be drawn, and what shows it."""
    command = f"`gilscope predict {shown(shell_word(options.trace))}`"
    if prediction is None:
        whole = program.analysis.whole
        is_part = whole is not None and whole.was_chosen
        return OF_A_PART.format(command) if is_part else OF_SEVERAL
    if prediction.withheld is None:
        return TOO_LONG.format(command) if prediction.is_condensed else DIFFERS
    return sentences.withheld(prediction)


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
