"""What threads did in stretches whose CPU time was not measured one by one, as their clocks tell.

A thread's clock says what it used in all. Beyond what it held the GIL for, and what was measured
outside, that is what it computed in all those stretches together: nearly nothing mostly, so that
it was blocked in them; or all of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gilscope.picture.lane import LaneKind
from gilscope.picture.spans import NOTHING, Spans, mixed
from gilscope.picture.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from gilscope.picture.lane import Lane
    from gilscope.trace import Trace

    Ints = npt.NDArray[np.int64]

# Of the time of those stretches: what is less is not worth a doubt.
_LEAST = 0.02


def settled(some: Spans, lanes: Sequence[Lane], trace: Trace) -> Spans:
    """Return the spans (their lanes are positions in `lanes`), with less that is not known."""
    if not len(some) or trace.rows_from_ns() or not trace.finished:
        return some
    sums = some.by_state(some.lane, len(lanes))
    becomes = np.full(len(lanes), NOTHING, np.int64)
    for index, lane in enumerate(lanes):
        off_ns = sums[index, State.OFF]
        cpu_ns = sum(trace.threads[each].cpu_ns for each in lane.threads)
        if lane.kind is LaneKind.GIL or off_ns <= 0 or not cpu_ns:
            continue
        rest_ns = cpu_ns - sums[index, State.HOLD] - sums[index, State.COMPUTING]
        share = rest_ns / off_ns
        if share <= _LEAST:
            becomes[index] = State.BLOCKED
        elif share >= 1 - _LEAST:
            becomes[index] = State.COMPUTING
    return _changed(some, becomes)


def _changed(some: Spans, becomes: Ints) -> Spans:
    """Let what is OFF become what `becomes` says of its lane."""
    new = becomes[some.lane]
    is_off = (some.state == State.OFF) & (new >= 0)
    parts = some.parts.copy()
    rows = np.flatnonzero((some.mix >= 0) & (new >= 0))
    mix, state = some.mix[rows], new[rows]
    parts[mix, state] += parts[mix, State.OFF]
    parts[mix, State.OFF] = 0
    changed = replace(some, state=np.where(is_off, new, some.state), parts=parts)
    return _single(changed)


def _single(some: Spans) -> Spans:
    """Make spans single that are mixed of one state by now."""
    rows = np.flatnonzero(some.mix >= 0)
    again = mixed(
        some.lane[rows],
        some.begin_ns[rows],
        some.end_ns[rows],
        some.parts[some.mix[rows]],
    )
    state, mix = some.state.copy(), some.mix.copy()
    state[rows], mix[rows] = again.state, again.mix
    return replace(some, state=state, mix=mix, parts=again.parts)
