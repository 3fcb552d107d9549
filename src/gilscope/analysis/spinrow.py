"""A loop that asks again and again: see spinning.py."""

from __future__ import annotations

from dataclasses import dataclass

from gilscope.analysis.place import Line  # noqa: TC001 -- hypothesis builds rows from hints


@dataclass(frozen=True, slots=True)
class Spin:
    """Where a thread spins, and what it asks: a call or an expression, or a function's name.

    `caused_wait_s` is what others waited for that, in thread-seconds. `own_wait_s` is what it
    waited for the GIL itself, if it lets go of it after each question: that is no loss.
    """

    line: Line
    asks: str
    thread: str
    caused_wait_s: float
    own_wait_s: float = 0.0
