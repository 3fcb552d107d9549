"""A thread's timeline as a row of glyphs, each one a slice of time."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.analysis.model import Timeline

HOLDING, WAITING, COMPUTING, ASLEEP, ABSENT = range(5)
GLYPHS = ("▇", "░", "▒", "·", " ")
STYLES = ("green", "red", "blue", "dim", "")
NAMES = ("holding", "waiting", "computing without the GIL", "asleep")
VISIBLE_SHARE = 0.05  # less of a cell is not worth a glyph


def legend() -> Text:
    parts = []
    for glyph, name, style in zip(GLYPHS, NAMES, STYLES, strict=False):
        parts.append(Text.assemble((glyph, style), " ", (name, "dim")))
    return Text("  ").join(parts)


def row(timeline: Timeline, width: int, phase: float = 0.0) -> Text:
    """Draw the timeline. `phase`, -0.5 to 0.5, staggers rows that would otherwise look in step."""
    if not timeline.holding:
        return Text("too many threads for a timeline of each"[:width], "dim")
    text = Text()
    for state, run in itertools.groupby(_states(timeline, width, phase)):
        text.append(GLYPHS[state] * len(list(run)), STYLES[state])
    return text


def _states(timeline: Timeline, width: int, phase: float) -> list[int]:
    """One state per cell, so that a row shows each state about as often as it occurred.

    The most frequent state of each cell alone would show four threads that take turns as four
    threads that wait. So what a cell cannot show is carried to later cells; but no cell shows
    what did not happen in it.
    """
    shares = [
        _resample(values, width)
        for values in (timeline.holding, timeline.waiting, timeline.computing, timeline.asleep)
    ]
    owed = [phase, 0.0, 0.0, 0.0, 0.0]
    states = []
    for cell in zip(*shares, strict=True):
        present = (*cell, max(0.0, 1.0 - sum(cell)))
        owed = [debt + share for debt, share in zip(owed, present, strict=True)]
        visible = [state for state in range(5) if present[state] > VISIBLE_SHARE]
        shown = max(visible, key=owed.__getitem__, default=ABSENT)
        owed[shown] -= 1.0
        states.append(shown)
    return states


def _resample(values: Sequence[float], width: int) -> list[float]:
    """Means over `width` equal slices of the buckets."""
    if not values or not width:
        return [0.0] * width
    step = len(values) / width
    return [_mean(values, cell * step, (cell + 1) * step) for cell in range(width)]


def _mean(values: Sequence[float], start: float, end: float) -> float:
    total = 0.0
    first, last = int(start), min(len(values), int(end) + 1)
    for bucket in range(first, last):
        overlap = min(end, bucket + 1) - max(start, bucket)
        value = values[bucket]
        if overlap > 0 and value > 0:  # nor is NaN greater than zero
            total += min(value, 1.0) * overlap
    return total / (end - start)
