"""What a step of a thread touches, and which steps may change places without anyone noticing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# How a step touches something. Numbers, and accesses plain tuples: millions are compared.
READ, WRITE = 0, 1
ACQUIRE = 2  # blocks while the lock is held
RELEASE = 3  # of a lock that was held; releasing another is a WRITE
AWAIT = 4  # blocks until a RELEASE that comes once: the start or end of a thread

# Beside the mode: what is not known of an access, and forbids a proof if it races with another.
MODE = 7
NOT_ATOMIC = 8  # without the GIL, another thread can come in its middle
UNKNOWN = 16

ALL = "all"  # the part of an object that overlaps every other part of it

# Object, part of it, mode: named alike in all executions that begin alike.
Access = tuple[int, object, int]
Step = tuple[Access, ...]  # what a thread did between two points where another could run

# What the threads would do next, as far as known.
Pending = Callable[[], "Mapping[int, Step]"]

NOBODY = -1


class Search(Protocol):
    """Chooses which thread goes on, in one execution after the other."""

    @property
    def doubts(self) -> set[Access] | None:
        """Accesses that raced although not all is known of them.

        None where no order of steps is kept, so that every such access counts that meets another.
        """

    def begin(self) -> bool:
        """Prepare for the next execution; False if there is none left."""

    def choose(self, enabled: frozenset[int], pending: Pending, numbered: int) -> int:
        """The thread to go on; `NOBODY` to give this execution up, as all its ends are known.

        `numbered` objects have been touched so far, and are so called by numbers below it.
        """

    def took(self, thread: int, step: Step) -> None:
        """The chosen thread has taken its step."""

    def stuck(self, blocked: Mapping[int, Step]) -> None:
        """No thread can go on, so time passes; what each waits to do."""

    def end(self, blocked: Mapping[int, Step]) -> None:
        """The execution has ended; what those threads would do that did not."""


def conflict(first: Access, second: Access) -> bool:
    if first[0] != second[0]:
        return False
    if first[1] != second[1] and first[1] != ALL and second[1] != ALL:
        return False
    one, other = first[2] & MODE, second[2] & MODE
    return one not in (READ, AWAIT) or other not in (READ, AWAIT)


def doubts(first: Step, second: Step) -> set[Access]:
    """Accesses of two steps that race which are in doubt, and conflict."""
    return {
        each
        for one in first
        for other in second
        if (one[2] > MODE or other[2] > MODE) and conflict(one, other)
        for each in (one, other)
        if each[2] > MODE
    }


def dependent(first: Iterable[Access], second: Iterable[Access]) -> bool:
    return any(conflict(one, other) for one in first for other in second)
