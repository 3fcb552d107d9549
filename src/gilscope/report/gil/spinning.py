"""A thread that spins, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gilscope.report.gil.calling import place
from gilscope.report.gil.told import Told, in_the_rows, somebody_waited
from gilscope.words.numbers import percent, seconds
from gilscope.words.text import clean

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis, Spin
    from gilscope.words.places import Places

LONGEST_QUESTION = 60  # characters
_ADVICE = (
    (
        "Let it sleep until there is news: `Event.wait()`, `Queue.get()`, `Thread.join()`,"
        " `Future.result()` or `Condition.wait_for()`."
    ),
    "If it has to look now and then, let it sleep in between (`time.sleep(0.01)`).",
)
_UNTIL_A_MOMENT = (
    (
        "Let it sleep until then (`time.sleep`), or until shortly before, and look at the clock"
        " only for the rest."
    ),
)
_CLOCK = re.compile(r"\b(?:time|monotonic|perf_counter)(?:_ns)?\(\)")


def busy_wait(analysis: Analysis, places: Places) -> Told:
    spin = analysis.verdict.facts.spin
    if spin is None:
        return Told(
            "A thread waits by asking again and again.", f"{somebody_waited(analysis)}.", ()
        )
    question = clean(spin.asks, most_characters=LONGEST_QUESTION).replace("`", "'")
    where = place(spin.line, places)
    asks = f"A thread waits by asking again and again: {where} asks `{question}`"
    if spin.own_wait_s:
        return Told(f"{asks} and lets go of the GIL each time.", _lets_go(analysis, spin), _ADVICE)
    return Told(
        f"{asks} in a loop, and has the GIL meanwhile; that cost the others"
        f" {seconds(spin.caused_wait_s)}{in_the_rows(analysis.run)}.",
        f"{somebody_waited(analysis)}; thread {spin.thread} was hardly ever seen at another line"
        " while others waited.",
        _UNTIL_A_MOMENT if _CLOCK.search(spin.asks) else _ADVICE,
    )


def _lets_go(analysis: Analysis, spin: Spin) -> str:
    share = percent(spin.own_wait_s / max(analysis.gil.wait_s, 1e-9))
    return (
        f"{somebody_waited(analysis)}. {share} of that is thread {spin.thread}"
        f" ({seconds(spin.own_wait_s)}), which only wanted to ask again: that costs nothing. The"
        f" others waited {seconds(spin.caused_wait_s)} for this line."
    )
