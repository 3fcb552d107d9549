"""From a recording and its analysis to a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.picture.model import Picture
from gilscope.picture.places import Places
from gilscope.picture.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.analysis import Program
    from gilscope.picture.timeline import Opener


def draw(
    program: Program, opened: Opener, progress: Callable[[float], None] = lambda _: None
) -> Picture:
    """Draw a program. `opened(process)` gives the trace of one of its processes for a while.

    `progress` is called with the fraction done, 0 to 1. Memory and result are bounded, whatever
    the length of the recording.
    """
    places = Places()
    drawn = timeline(program, opened, places, progress=progress)
    return Picture(drawn, tuple(places.lines))
