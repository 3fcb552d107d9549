"""The garbage collector's pauses, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.report.gil.told import Told, somebody_waited
from gilscope.words.numbers import seconds, whole

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis
    from gilscope.words.places import Places

ADVICE = (
    "Call `gc.freeze()` when what lives long has been made: it is then left out.",
    (
        "Collect less often (`gc.set_threshold`), or when nobody waits (`gc.disable()`, and"
        " `gc.collect()` at a quiet moment)."
    ),
    (
        "Keep fewer containers: each list, dict and object that is alive is looked at,"
        " strings and arrays are not."
    ),
)


def gc_pause(analysis: Analysis, _: Places) -> Told:
    gc = analysis.gc
    times = f"{whole(gc.pauses)} times" if gc.pauses > 1 else "once"
    return Told(
        "The garbage collector stops the program: looking for cycles, it kept other threads waiting"
        f" for the GIL, {times}, for up to {seconds(gc.longest_s)}.",
        f"{somebody_waited(analysis)}; while threads waited, the collector was at work for"
        f" {seconds(gc.pause_s)} in all. The line that happened to set it off is not to blame.",
        ADVICE,
    )
