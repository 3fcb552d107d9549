"""Who waited for locks, and who had them: the rows of `Analysis.locks` and `open_locks`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gilscope.analysis.place import Line  # noqa: TC001 -- hypothesis builds rows from hints


@dataclass(frozen=True, slots=True)
class LockRow:
    """Waiting for locks in one line, while those who had the locks were in another.

    Who ends a wait had the lock until then; in one that nobody ended, who took it before. A thread
    that waits for what it has taken itself waits for a signal, as with a condition: nobody has that
    before it is given.

    `waiter` is where the threads waited. `owner` is where the thread that had the lock was
    meanwhile: in a hold of the GIL that it ended there, or without the GIL since; None where it is
    not known who had it. `wait_s` is what of the waiting falls to this pair, in thread-seconds;
    `waits` counts the waits that it is part of; `longest_wait_s` is the longest of these, whole.
    `purpose`: this waiting is what the thread is for, by the rule of purpose.py.
    """

    waiter: Line
    owner: Line | None
    wait_s: float
    waits: int
    longest_wait_s: float
    purpose: bool


class Awaited(StrEnum):
    """What a thread waits for that is blocked on a lock."""

    LOCK = "lock"  # or a semaphore
    CONDITION = "condition"
    EVENT = "event"
    THREAD = "thread"  # its end
    RESULT = "result"  # of a future
    NEWS = "news"  # something in a queue
    ROOM = "room"  # for something in a queue
    TASKS = "tasks"  # what was in a queue, to be done
    MODULE = "module"  # to be imported
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OpenLockRow:
    """A thread that waited for a lock when the recording ended. Threads by their names.

    `owner` had the lock when the wait began, and nobody was seen to get it since; None where that
    is not known. `in_cycle`: following owners leads back to this thread, so nobody will go on.
    `purpose` as in LockRow. `is_own`: the thread had itself what it waited for. `is_stuck`: all
    threads waited without a timeout, so that nobody was left to end that; then the row is of the
    moment when a signal interrupted the main thread, if one did.
    """

    thread: str
    since_s: float  # how long it had been waiting
    line: Line
    owner: str | None
    in_cycle: bool
    purpose: bool
    is_own: bool = False
    awaited: Awaited = Awaited.UNKNOWN
    is_stuck: bool = False
