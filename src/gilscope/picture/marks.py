"""Moments to be marked on a timeline: stalls, collections, pauses, and windows that were bad."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from gilscope.analysis.pauses import find_pauses
from gilscope.analysis.stacks import seen_in_holds
from gilscope.picture.judged import begins_s, window_ns
from gilscope.picture.spans import NOTHING
from gilscope.trace import SAMPLER_TABLE
from gilscope.trace.layout import GC_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from gilscope.analysis import Analysis
    from gilscope.picture.places import Places, TracePlaces
    from gilscope.trace import LockWaits, Trace

    Ints = npt.NDArray[np.int64]

MOST_OF_A_KIND = 200


class MarkKind(StrEnum):
    """What is marked."""

    STALL = "stall"  # a hold that went on after it should have ended
    GC = "gc"  # the cyclic collector was seen at work
    WINDOW = "window"  # there was far more waiting than else
    LOOP = "loop"  # an event loop could not go on: what it called took long
    STOP = "stop"  # without a GIL: the interpreter had stopped all threads


@dataclass(frozen=True, slots=True)
class Mark:
    """From when to when, in ns by the clock of the process.

    `thread`: whose lane; None: all of the process. `place`: the line that did it. `waiters`: how
    many waited, of a stall. `is_judged`: of a window, that the verdict is about it.
    """

    kind: MarkKind
    thread: int | None
    from_ns: int
    to_ns: int
    place: int = NOTHING
    waiters: int = 0
    is_judged: bool = False


def marks(trace: Trace, analysis: Analysis, places: Places, of_trace: TracePlaces) -> list[Mark]:
    """Return all marks of a process, by time."""
    found = [
        *_windows(analysis),
        *_stalls(trace, analysis, places),
        *_blocked_turns(trace, analysis, places),
        *_collections(trace, of_trace),
        *_stops(trace.lock_waits(), of_trace),
    ]
    return sorted(found, key=lambda each: (each.from_ns, each.to_ns))


def _windows(analysis: Analysis) -> Iterator[Mark]:
    judged = window_ns(analysis)
    for each in analysis.windows:
        window = round(each.from_s * 1e9), round(each.to_s * 1e9)
        yield Mark(MarkKind.WINDOW, None, *window, is_judged=window == judged)


def _stalls(trace: Trace, analysis: Analysis, places: Places) -> Iterator[Mark]:
    before_s = begins_s(analysis)
    for row in analysis.stalls:
        begin_ns = round((before_s + row.start_s) * 1e9)
        end_ns = begin_ns + round(row.hold_s * 1e9)
        yield Mark(
            MarkKind.STALL,
            _thread_named(trace, row.thread, begin_ns, end_ns),
            end_ns - round(row.stall_s * 1e9),
            end_ns,
            places.number(row.line),
            row.waiters,
        )


def _blocked_turns(trace: Trace, analysis: Analysis, places: Places) -> Iterator[Mark]:
    before_s = begins_s(analysis)
    for row in analysis.loop.turns:
        edges = (round((before_s + each) * 1e9) for each in (row.from_s, row.to_s))
        begin_ns, end_ns = edges
        thread = _thread_named(trace, row.thread, begin_ns, end_ns)
        yield Mark(MarkKind.LOOP, thread, begin_ns, end_ns, places.number(row.line))


def _thread_named(trace: Trace, name: str, begin_ns: int, end_ns: int) -> int | None:
    """Return the only thread of that name that there was then; None if there were several."""
    found = [
        each.thread
        for each in trace.threads.values()
        if each.name == name and each.start_ns <= end_ns and each.end_ns >= begin_ns
    ]
    return found[0] if len(found) == 1 else None


def _collections(trace: Trace, places: TracePlaces) -> Iterator[Mark]:
    """Samples of one hold, one after another, that saw the collector at work."""
    paths = trace.paths(SAMPLER_TABLE)
    codes = [code for code, file in paths.file_of_code().items() if file == GC_FILE]
    marked = np.isin(paths.code, codes) & (np.arange(len(paths)) > 0)
    rows = seen_in_holds(trace)
    rows = rows[np.lexsort((rows["time_ns"], rows["acquire_ns"], rows["gil"]))]
    path = rows["path_id"].astype(np.int64)
    seen = marked[np.where(path < len(paths), path, 0)]
    if not seen.any():
        return
    same = np.append(False, rows["acquire_ns"][1:] == rows["acquire_ns"][:-1])
    begins = np.flatnonzero(seen & ~(same & np.append(False, seen[:-1])))
    ends = np.flatnonzero(seen & ~(np.append(same[1:], False) & np.append(seen[1:], False)))
    times = rows["time_ns"].astype(np.int64)
    length = times[ends] - times[begins]
    line = places.of(SAMPLER_TABLE, path[begins])
    for each in np.sort(np.argsort(-length, kind="stable")[:MOST_OF_A_KIND]).tolist():
        low, high = int(begins[each]), int(ends[each])
        yield Mark(
            MarkKind.GC, int(rows["thread"][low]), int(times[low]), int(times[high]),
            int(line[each]),
        )  # fmt: skip


def _stops(waits: LockWaits, places: TracePlaces) -> Iterator[Mark]:
    pauses = sorted(find_pauses(waits), key=lambda each: -each.pause_ns)[:MOST_OF_A_KIND]
    for each in pauses:
        table, path = each.where
        place = int(places.of(table, np.array([path], np.int64))[0])
        yield Mark(MarkKind.STOP, None, each.asked_ns, each.end_ns, place)
