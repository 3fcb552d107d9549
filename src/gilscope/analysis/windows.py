"""When it was bad: a run that idles for an hour and suffers for ten seconds is judged by those.

The share of time in which somebody waited, moment by moment, tells the windows in which it was far
above the run's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.shares import Shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

# A shorter run is judged as a whole: a start, some work, and an end are no times of their own.
SHORTEST_RUN_NS = 5_000_000_000
SHORTEST_WINDOW_NS = 200_000_000
# A window is at most half of the run: of more, the whole says enough.
LARGEST_SHARE = 0.5
# In a window there is waiting at least so much of the time, and so many times as much of the time
# as in the whole run.
LEAST_CONTENDED = 0.05
FAR_ABOVE = 2.0
MOST_WINDOWS = 5
# Of the rest of a run: what is idle does next to nothing, and computing takes this much of a CPU.
IDLE = 0.05
COMPUTING = 0.2
_BUCKET_NS = 50_000_000
_MOST_BUCKETS = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a run, in seconds from the beginning of its recording.

    `contended_fraction` is the share of it in which somebody waited for the GIL.
    """

    from_s: float
    to_s: float
    contended_fraction: float


class RestKind(StrEnum):
    """How a run was but for the window that stands for it."""

    IDLE = "idle"  # the GIL was hardly held, and the process hardly used a CPU
    COMPUTING = "computing"  # it used a CPU, and hardly anybody waited
    UNCONTENDED = "uncontended"  # hardly anybody waited; no more is known
    CONTENDED = "contended"  # there was waiting, too


@dataclass(frozen=True, slots=True)
class Rest:
    """What a run was but for a window: fractions of that time; `cpu_s` of the whole process."""

    kind: RestKind
    contended_fraction: float
    held_fraction: float
    cpu_s: float


def judge_rest(
    rest_s: float, *, waited_s: float, held_s: float, cpu_s: float, threads_cpu_s: float
) -> Rest:
    """Say how the rest of a run was, which lasted `rest_s`.

    `cpu_s` is all that the process may have used then, and `threads_cpu_s` what its threads have
    used for certain: less than the one is idle, more than the other is computing.
    """
    rest_s = max(rest_s, 1e-9)
    contended, held = (min(1.0, max(0.0, each / rest_s)) for each in (waited_s, held_s))
    cpu_s, threads_cpu_s = max(0.0, cpu_s), max(0.0, threads_cpu_s)
    kind = RestKind.UNCONTENDED
    if contended >= LEAST_CONTENDED:
        kind = RestKind.CONTENDED
    elif held <= IDLE and cpu_s <= IDLE * rest_s:
        kind = RestKind.IDLE
    elif threads_cpu_s >= COMPUTING * rest_s:
        kind = RestKind.COMPUTING
    return Rest(kind, contended, held, cpu_s)


@dataclass(frozen=True, slots=True)
class Whole:
    """The run that a window was cut from; `started_unix_s` and `wall_s` as in `Run`.

    `was_chosen`: by the reader. `rest` is how it was but for the window; None if that was chosen.
    """

    started_unix_s: float
    wall_s: float
    end_reason: str
    was_chosen: bool
    rest: Rest | None = None


def waiting_inside(windows: Sequence[Window]) -> float:
    """Return for how many seconds somebody waited in some windows."""
    return sum(each.contended_fraction * (each.to_s - each.from_s) for each in windows)


def contention(wall_ns: int) -> Shares:
    """Return an empty profile of a run: how long somebody waited, in equal parts of it."""
    return Shares(1, min(_MOST_BUCKETS, max(1, wall_ns // _BUCKET_NS)), wall_ns)


def bad_windows(profile: Shares) -> tuple[Window, ...]:
    """Return the windows in which there was far more waiting than else, the worst first."""
    edges, waited_ns = profile.edges, profile.nanoseconds()[0].astype(np.float64)
    wall_ns = int(edges[-1])
    if wall_ns < SHORTEST_RUN_NS:
        return ()
    least = max(LEAST_CONTENDED, FAR_ABOVE * float(waited_ns.sum()) / wall_ns)
    beyond = waited_ns - least * np.diff(edges)
    windows = []
    for first, last in _runs(beyond, 0, len(beyond)):
        length_ns = int(edges[last] - edges[first])
        if SHORTEST_WINDOW_NS <= length_ns <= LARGEST_SHARE * wall_ns:
            fraction = float(waited_ns[first:last].sum()) / length_ns
            windows.append(Window(int(edges[first]) / 1e9, int(edges[last]) / 1e9, fraction))
    windows.sort(key=lambda each: -each.contended_fraction * (each.to_s - each.from_s))
    return tuple(windows[:MOST_WINDOWS])


def _runs(beyond: Floats, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges with the largest sums, none of which overlap, largest first in each part."""
    parts = [(low, high)]
    found = 0
    while parts and found < 4 * MOST_WINDOWS:
        low, high = parts.pop()
        first, last = _largest_sum(beyond[low:high])
        if first == last:
            continue
        found += 1
        yield low + first, low + last
        parts += [(low, low + first), (low + last, high)]


def _largest_sum(values: Floats) -> tuple[int, int]:
    """Return the range with the largest sum, empty if no value is positive (Kadane's algorithm)."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    lowest = np.minimum.accumulate(sums)
    last = int(np.argmax(sums - lowest))
    if sums[last] - lowest[last] <= 0:
        return 0, 0
    first = int(np.flatnonzero(sums[: last + 1] == lowest[last])[-1])
    return first, last
