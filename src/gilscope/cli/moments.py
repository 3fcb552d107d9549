"""Moments of a run as a reader names them: seconds after its start, or a time of day."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from gilscope.trace import Trace

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds after the start of the recording; or after midnight here, if `is_clock`."""

    seconds: float
    is_clock: bool


def window_ns(trace: Trace, since: Moment | None, until: Moment | None) -> tuple[int, int]:
    """Return the window between two moments, in ns after the start of the recording.

    Raises:
        GilscopeError: there is no such window in the recording.
    """
    began_ns = trace.processes[0].meta.start_monotonic_ns
    ends_ns = (each.meta.start_monotonic_ns - began_ns + each.end_ns for each in trace.processes)
    end_s = max(ends_ns) / 1e9
    first_s = 0.0 if since is None else _after_start(trace, since)
    last_s = end_s if until is None else _after_start(trace, until)
    if first_s >= end_s:
        raise GilscopeError(
            f"--from is after the end: the recording lasted {end_s:.3f} s", "choose an earlier time"
        )
    if last_s <= first_s:
        raise GilscopeError("--to is not after --from", "swap them, or leave one out")
    return round(first_s * 1e9), round(last_s * 1e9)


def _after_start(trace: Trace, moment: Moment) -> float:
    if not moment.is_clock:
        return moment.seconds
    began_unix_s = trace.processes[0].meta.start_unix_ns / 1e9
    if not began_unix_s:
        raise GilscopeError(
            "the trace does not say at which time of day it was recorded",
            "give seconds after its start: --from 620",
        )
    began = time.localtime(began_unix_s)
    began_s = began.tm_hour * 3600 + began.tm_min * 60 + began.tm_sec + began_unix_s % 1
    after_s = moment.seconds - began_s
    return after_s if after_s >= 0 else after_s + _DAY_S
