"""Where threads slept, in words: what took the time of a program that has no need of the GIL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.analysis.model import OffKind
from gilscope.report.gil.calling import called, place
from gilscope.report.gil.told import of_the_run
from gilscope.words.numbers import percent, whole

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis
    from gilscope.words.places import Places

LEAST_SHARE = 0.05  # of the run: nobody would notice less


def where_asleep(analysis: Analysis, places: Places) -> tuple[str, str]:
    """What threads did instead of needing the GIL, and what to do about it."""
    asleep = analysis.verdict.facts.asleep
    wall_s = max(analysis.run.rows_s, 1e-9)
    if asleep is None or asleep.longest_s < LEAST_SHARE * wall_s:
        return (
            "the threads did little that needs it",
            "If the run took too long, another program, or another process, may say why.",
        )
    is_lock = asleep.kind is OffKind.LOCK
    where = called(asleep.line, asleep.inside, places)
    who = "a thread" if asleep.threads == 1 else f"{whole(asleep.threads)} threads"
    was = "was" if asleep.threads == 1 else "were each"
    did = f"{who} waited for a lock" if is_lock else f"{who} {was} blocked"
    share = percent(asleep.longest_s / wall_s)
    upto = "" if asleep.threads == 1 else "up to "
    advice = (
        "Do less while that lock is held: what blocks or takes long belongs outside of it."
        if is_lock
        else f"What {place(asleep.line, places)} waits for takes the time (I/O, a timer, another"
        " process): shorten it, or let more threads or asyncio wait at the same time."
    )
    return f"{upto}{share} {of_the_run(analysis)}, {did} at {where}", advice
