"""What is known of a run without a GIL: the rows of `Analysis.without_gil`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gilscope.analysis.place import Line  # noqa: TC001 -- hypothesis builds rows from hints


class LockKind(StrEnum):
    """Whose lock it is."""

    LOCK = "lock"  # one of threading's or queue's, or of an extension module, or not known
    DICT = "dict"  # what an operation of the interpreter needs of a dict that others use, too
    LIST = "list"
    SET = "set"
    OBJECT = "object"  # of any other object


@dataclass(frozen=True, slots=True)
class ContendedRow:
    """Waiting for locks of one kind in one line, which threads ended at one other.

    `ended_at` is where the thread was that let go of the lock; None where that is not known.
    `wait_s` adds up all threads. `purpose`: a thread is there for that, by the rule of purpose.py.
    """

    line: Line
    kind: LockKind
    ended_at: Line | None
    wait_s: float
    waits: int
    longest_wait_s: float
    purpose: bool


@dataclass(frozen=True, slots=True)
class StopRow:
    """Pauses in which the interpreter stopped its threads at the request of one line.

    A pause is known from the first thread that stopped, or the one that asked and waited, to when
    the threads were let go; one in which no thread had to stop is not seen, and cost nobody.
    `reach_s` is what of it passed until all had stopped, as far as the one that asked had to wait.
    `last` is where the thread was that stopped last in the pause that took longest to reach; None
    where nobody was waited for. `stopped_s` adds up the threads that were stopped.
    `for_gc`: the cyclic collector wanted it; the line is just where that began.
    """

    line: Line
    for_gc: bool
    pauses: int
    pause_s: float
    longest_s: float
    reach_s: float
    longest_reach_s: float
    last: Line | None
    stopped_s: float


@dataclass(frozen=True, slots=True)
class GillessThread:
    """What a thread did: seconds. The rest of its life it slept, or waited for something else.

    `wait_s`: for locks, which cost it; `idle_s`: for what it is for; `stopped_s`: for others, which
    had stopped all threads; `ready_s`: for a core, None where the kernel does not say.
    """

    thread: int
    name: str
    lifetime_s: float
    cpu_s: float
    wait_s: float
    idle_s: float
    stopped_s: float
    ready_s: float | None


@dataclass(frozen=True, slots=True)
class WithoutGil:
    """A run without a GIL. Seconds are of all threads together, but for those of pauses.

    What cannot be seen: spinning before a thread blocks, and cores that take cache lines from each
    other. Both are CPU time here.
    """

    cores_used: float  # CPU time divided by the length of the run
    wait_s: float  # for locks, without what is idle
    stopped_s: float
    ready_s: float | None  # ready to run, without a core
    paused_s: float  # how long the pauses were, together
    contended: tuple[ContendedRow, ...]  # by wait_s, largest first
    stops: tuple[StopRow, ...]  # by stopped_s, largest first
    threads: tuple[GillessThread, ...]
