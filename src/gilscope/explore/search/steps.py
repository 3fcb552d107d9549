"""What a step of a thread touches, and which steps may change places without anyone noticing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


class Mode(Enum):
    READ = "read"
    WRITE = "write"
    ACQUIRE = "acquire"  # blocks while the lock is held
    RELEASE = "release"  # of a lock that was held; releasing another is a WRITE


@dataclass(frozen=True, slots=True)
class Access:
    """One location or lock, named alike in all executions that begin alike."""

    location: Hashable
    mode: Mode


Step = tuple[Access, ...]  # what a thread did between two points where another could run


class Execution(Protocol):
    """A program in the midst of one run."""

    def enabled(self) -> frozenset[int]:
        """Threads that can take a step."""

    def step(self, thread: int) -> Step:
        """Let a thread take its next step."""

    def blocked(self) -> Mapping[int, Step]:
        """Threads that are neither enabled nor done, and the step that they wait to take."""

    def close(self) -> None:
        """Give up what is left."""


def conflict(first: Access, second: Access) -> bool:
    if first.location != second.location:
        return False
    return not first.mode is second.mode is Mode.READ


def dependent(first: Step, second: Step) -> bool:
    return any(conflict(one, other) for one in first for other in second)


def reversible(first: Access, second: Access) -> bool:
    """Whether the second could have come first; not if it waited for the first's release."""
    return conflict(first, second) and not (
        first.mode is Mode.RELEASE and second.mode is Mode.ACQUIRE
    )
