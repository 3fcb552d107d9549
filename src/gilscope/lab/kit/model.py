"""What an experiment shows: steps in words, with charts, tables and timelines as their evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from gilscope.explore.results import Exploration
    from gilscope.lab.kit.pictures import Picture, Question


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart; `shown` is the value as the reader sees it, such as `1.9 x`."""

    label: str
    value: float
    shown: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over one scale that begins with 0."""

    heading: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text; columns of numbers are aligned to the right by the report."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines that are shown as they are: source, bytecode; `marked` are those to look at.

    `between` are the first and the last line of a part that belongs together.
    """

    heading: str
    lines: tuple[str, ...]
    marked: frozenset[int] = frozenset()  # indices into `lines`
    between: tuple[int, int] | None = None


class Shows(Enum):
    """What the cells of tracks are about."""

    GIL = "gil"  # `#` has the GIL, `.` waits for it
    CORE = "core"  # `#` computes on a core, `.` wants to and has none


@dataclass(frozen=True, slots=True)
class Track:
    """One worker over time: a character per cell, `#` runs, `.` waits, ` ` neither.

    Where several want one core, turns on it are shorter than a cell: `shares` are the parts of each
    cell in which the worker ran, and `+` is one of which it was about half.
    """

    label: str
    cells: str
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracks:
    """One row of blocks per worker, all over the same `span_s` seconds."""

    heading: str
    span_s: float
    rows: tuple[Track, ...]
    shows: Shows = Shows.GIL


@dataclass(frozen=True, slots=True)
class Interleaving:
    """The failing schedule of an exploration that found one: who read and wrote what, and when.

    `watched` is what the threads share, as its events name it.
    """

    heading: str
    exploration: Exploration
    watched: str = ""


Exhibit = Chart | Table | Listing | Tracks | Interleaving


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried: what was done, what was seen, what it means, in plain words.

    `code` between backticks stands out. `unavailable` says why a step could not be made here, and
    what would make it possible; the other texts are then empty. A page also has what the reader
    may predict first, pictures, and the code that ran.
    """

    title: str
    did: str = ""
    saw: str = ""
    means: str = ""
    exhibits: tuple[Exhibit, ...] = ()
    unavailable: str = ""
    question: Question | None = None
    pictures: tuple[Picture, ...] = ()
    code: Listing | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """A whole experiment. `data` holds the figures behind it, for --json; units in the keys."""

    name: str
    question: str
    steps: tuple[Step, ...]
    conclusion: str
    data: dict[str, Any] = field(default_factory=dict)


class Listener(Protocol):
    """Hears how far an experiment has come, as in gilscope.compare."""

    def __call__(self, fraction: float, doing: str) -> None: ...
