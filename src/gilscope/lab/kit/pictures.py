"""What a page draws of a step beside its exhibits: it has the figures of these, in another form.

A terminal has no room for them; `--json` has their figures in the exhibits and in `data`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Unit(Enum):
    """Of the values of a curve."""

    TIMES = "times"
    SECONDS = "seconds"
    FRACTION = "fraction"  # of 1, shown in per cent


@dataclass(frozen=True, slots=True)
class Point:
    """Of a curve; `shown` is `y` as the reader sees it, such as `1.9 x`."""

    x: float
    y: float
    shown: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a picture, from the smallest `x` to the largest."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves over one scale. `ticks` are the values of `x` with what is written below them.

    Where `is_log_y`, the scale goes up by factors; else it begins with 0. That of `x` always goes
    by factors: numbers of workers double, and intervals are chosen so, too. `x_mark` is a value of
    `x` that matters, such as the number of cores, and what to write there.
    """

    heading: str
    across: str
    up: str
    unit: Unit
    curves: tuple[Curve, ...]
    ticks: tuple[tuple[float, str], ...]
    is_log_y: bool = False
    x_mark: tuple[float, str] | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment of a walk: what ran before it, the count then, and what refers to the object.

    `count` is None where no name is left to ask by. `uncounted` refer to it without being counted.
    `others` are references beyond the named ones.
    """

    code: tuple[str, ...]
    what: str
    count: int | None
    freed: bool
    references: tuple[str, ...]
    uncounted: tuple[str, ...] = ()
    others: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """The count of one object while references to it come and go."""

    heading: str
    stops: tuple[Stop, ...]


Picture = Curves | Walk


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader may predict before the step is shown.

    `right` is the answer that the measurement gave here; None where it gave none. `measured` says
    what was measured, in one sentence.
    """

    asks: str
    answers: tuple[str, ...]
    right: int | None
    measured: str
