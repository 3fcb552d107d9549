"""What a program was put together from, if that was more than one trace: facts, for a report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AlignmentKind(StrEnum):
    """How well the times of several processes can be compared."""

    EXACT = "exact"  # one monotonic clock for all
    BOUNDED = "bounded"  # wall clocks of hosts, and each kernel says how far its own may be off
    UNKNOWN = "unknown"  # wall clocks of hosts that nobody is known to set


@dataclass(frozen=True, slots=True)
class Clock:
    """One monotonic clock, and the wall clock that places it among the others.

    `moved_s` is how far the wall clock moved against the monotonic one from one process's beginning
    to another's: it was set meanwhile. `error_s` is how far it may be off; None if nobody knows.
    """

    hosts: tuple[str, ...]  # more than one where containers share it
    processes: int
    moved_s: float
    error_s: float | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """`error_s` is how far apart two moments may be that seem to be one; None: nobody knows."""

    kind: AlignmentKind
    error_s: float | None
    clocks: tuple[Clock, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """A file of a folder that was not read; `reason` is what reading it has said."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Collection:
    """The traces that were read as one program, those that were not, and those with gaps."""

    files: int
    trace_bytes: int
    hosts: tuple[str, ...]
    alignment: Alignment
    unread: tuple[Unread, ...]
    incomplete: tuple[str, ...]
