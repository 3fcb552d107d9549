"""What came before what, in one execution that is shown: vector clocks over step numbers."""

from __future__ import annotations

Clock = dict[int, int]  # by thread: its last step that came before


def join(clock: Clock, other: Clock) -> None:
    for thread, number in other.items():
        if clock.get(thread, -1) < number:
            clock[thread] = number
