"""A thread that spins, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.report.gil.calling import place
from gilscope.report.gil.told import Told, in_the_rows, somebody_waited
from gilscope.words.numbers import seconds

if TYPE_CHECKING:
    from gilscope.analysis.model import Analysis
    from gilscope.words.places import Places


def busy_wait(analysis: Analysis, places: Places) -> Told:
    spin = analysis.verdict.facts.spin
    if spin is None:
        return Told(
            "A thread waits by asking again and again.", f"{somebody_waited(analysis)}.", ()
        )
    return Told(
        f"A thread waits by asking again and again: {place(spin.line, places)} calls"
        f" `{spin.asks.function}` in a loop, and has the GIL meanwhile; that cost the others"
        f" {seconds(spin.caused_wait_s)}{in_the_rows(analysis.run)}.",
        f"{somebody_waited(analysis)}; thread {spin.thread} was hardly ever seen at another line"
        " while others waited.",
        (
            (
                "Let it sleep until there is news: `Event.wait()`, `Queue.get()`, `Thread.join()`,"
                " `Future.result()` or `Condition.wait_for()`."
            ),
            "If it has to look now and then, let it sleep in between (`time.sleep(0.01)`).",
        ),
    )
