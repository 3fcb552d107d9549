"""A loop that asks again and again: see spinning.py."""

from __future__ import annotations

from dataclasses import dataclass

from gilscope.analysis.place import Line  # noqa: TC001 -- hypothesis builds rows from hints


@dataclass(frozen=True, slots=True)
class Spin:
    """Where a thread spins, what it asks, and what others waited for that, in thread-seconds."""

    line: Line
    asks: Line
    thread: str
    caused_wait_s: float
