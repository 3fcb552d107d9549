"""The part of a recording that its report is about: all of it, or a window in which it was bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.trace import cut

if TYPE_CHECKING:
    from gilscope.analysis import Analysis
    from gilscope.trace import Trace


def window_ns(analysis: Analysis) -> tuple[int, int] | None:
    """Return from when to when, by the process's clock; None if that is all that was read.

    A window that a reader chose is all that was read.
    """
    window, whole = analysis.window, analysis.whole
    if window is None or whole is None or whole.was_chosen:
        return None
    return round(window.from_s * 1e9), round(window.to_s * 1e9)


def judged_part(trace: Trace, analysis: Analysis) -> Trace:
    """Return what the tables of an analysis are of."""
    window = window_ns(analysis)
    return trace if window is None else cut(trace, *window)


def begins_s(analysis: Analysis) -> float:
    """Return what times in an analysis count from, in seconds of what was read."""
    window = window_ns(analysis)
    return 0.0 if window is None else window[0] / 1e9
