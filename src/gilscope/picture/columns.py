"""The columns of a picture as bytes: little-endian, one behind the other.

Times are whole ticks. A segment begins `gap` ticks after the one before it in its lane has ended;
the first of a lane, after the beginning of the recording. The k-th segment whose state is mixed
has row k of the columns `mix_*`: which part of it was in each state, in parts of `ALL_OF_IT`;
what is missing is free.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gilscope.picture.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from gilscope.picture.edges import Edges
    from gilscope.picture.spans import Spans

    Ints = npt.NDArray[np.int64]

LARGEST = 2**32 - 1
ALL_OF_IT = 1023  # finer shares would cost more than they say
TICKS_OF_A_SPAN = 1000


@dataclass(frozen=True, slots=True)
class Columns:
    """`data` has all of them; `places` says of each where: (dtype, byte offset, count)."""

    data: bytes
    places: Mapping[str, tuple[str, int, int]]


def tick_ns(end_ns: int, exact_ns: int) -> int:
    """Return how long a tick is: 1, 2, 5 …

    The whole recording is a number of 32 bits, and a span that is shown alone has a thousand ticks.
    """
    least = max(1, math.ceil(end_ns / LARGEST), exact_ns // TICKS_OF_A_SPAN)
    power = int(10 ** (len(str(least)) - 1))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= least)


def edges_of(edges: Edges, tick: int) -> dict[str, npt.NDArray[Any]]:
    """Make columns of arrows, which are sorted by time."""
    return {
        "edge_at": np.rint(edges.at_ns / tick).astype("<u4"),
        "edge_wait": np.rint(edges.wait_ns / tick).astype("<u4"),
        "edge_from": edges.from_lane.astype("<u4"),
        "edge_to": edges.to_lane.astype("<u4"),
        "edge_from_place": _or_none(edges.from_place),
        "edge_to_place": _or_none(edges.to_place),
    }


def step_of(exact_ns: int, tick: int) -> int:
    """Return to how many ticks times of folded spans are rounded, a power of two.

    Where a stretch is exact, ticks are finer than the others need; what ends in zeros packs well.
    """
    return int(1 << max(0, (exact_ns // TICKS_OF_A_SPAN // tick).bit_length() - 1))


def segments_of(spans: Spans, tick: int, steps: Ints | None = None) -> dict[str, npt.NDArray[Any]]:
    """Make columns of spans, which are sorted by lane, then time.

    `steps`: of each span, to how many ticks its edges are rounded; an edge that two have is rounded
    as the finer one is.
    """
    begin, end = np.rint(spans.begin_ns / tick), np.rint(spans.end_ns / tick)
    begin, end = begin.astype(np.int64), end.astype(np.int64)
    first = np.append(True, spans.lane[1:] != spans.lane[:-1])[: len(spans)]
    if steps is not None and len(spans):
        before = np.where(first, steps, np.minimum(steps, np.roll(steps, 1)))
        last = np.append(first[1:], True)
        after = np.where(last, steps, np.minimum(steps, np.roll(steps, -1)))
        begin = np.rint(begin / before).astype(np.int64) * before
        end = np.rint(end / after).astype(np.int64) * after
    before = np.where(first, 0, np.roll(end, 1))
    # Where clocks of two cores differ, a span may begin before the one before it ends.
    late = np.maximum(begin, before)
    mixed = np.flatnonzero(spans.mix >= 0)
    length = np.maximum(1, spans.length_ns[mixed])[:, None]
    parts = np.rint(spans.parts[spans.mix[mixed]] / length * ALL_OF_IT)
    columns: dict[str, npt.NDArray[Any]] = {
        "gap": (late - before).astype("<u4"),
        "duration": np.maximum(0, end - late).astype("<u4"),
        "place": _or_none(spans.place),
        "culprit": _or_none(spans.culprit),
        "mix_spans": np.minimum(spans.count[mixed], LARGEST).astype("<u4"),
        "state": spans.state.astype("u1"),
    }
    for state in State:
        if state is not State.MIXED:
            part = np.clip(parts[:, state], 0, ALL_OF_IT)
            columns[f"mix_{state.name.lower()}"] = part.astype("<u2")
    return columns


def _or_none(numbers: Ints) -> npt.NDArray[np.uint32]:
    return np.where(numbers < 0, LARGEST, numbers).astype("<u4")


def packed(columns: Mapping[str, npt.NDArray[Any]]) -> Columns:
    """Lay columns end to end, the widest first, so that all are aligned."""
    places, parts, offset = {}, [], 0
    for name, column in sorted(columns.items(), key=lambda each: -each[1].itemsize):
        places[name] = (f"u{column.itemsize}", offset, len(column))
        parts.append(column.tobytes())
        offset += len(parts[-1])
    return Columns(b"".join(parts), places)
