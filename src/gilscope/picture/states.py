"""What a thread, or a GIL, was doing: the colours of a timeline."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """The state of a span; its name in lower case is the name in files.

    Of a GIL there is only HOLD: it is held by some thread.
    """

    HOLD = 0  # it has the GIL
    WAIT = 1  # for the GIL
    LOCK = 2  # blocked on a lock, a condition, a queue, a join
    COMPUTING = 3  # on a CPU, without the GIL
    READY = 4  # it could run, and no core was free for it
    BLOCKED = 5  # on anything else: I/O, a timer, a child
    IDLE = 6  # blocked on what the thread is for: a worker without work, a join
    HANDOVER = 7  # it has let go of the GIL, and is parked until another has taken it
    STOPPED = 8  # without a GIL: the interpreter has stopped all threads
    OFF = 9  # without the GIL; too short to be measured, so nobody knows what it did
    UNKNOWN = 10  # nothing was recorded then, or nothing was kept
    MIXED = 11  # several of these, each for a part of the time
