"""What threads did without the GIL, line by line: the rows of `ThreadRow.blocked`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from gilscope.analysis.place import Line  # noqa: TC001 -- hypothesis builds rows from hints


class OffKind(StrEnum):
    """What a thread does without the GIL."""

    COMPUTING = "computing"  # it ran on a CPU
    LOCK = "lock"  # blocked on a lock, a condition, a queue or the like
    BLOCKED = "blocked"  # blocked on anything else: I/O, a timer, a child; or ready, without a CPU
    IDLE = "idle"  # blocked on something that is what the thread is for: see purpose.py


@dataclass(frozen=True, slots=True)
class OffRow:
    """Where a thread gave up the GIL, and what it did until it asked for it again.

    `line` as in other tables, `inside` the library's. `times` counts how often it gave the GIL up
    there; of locks, how often it waited. `longest_s` is 0 of computing: nobody knows it. `still`:
    most of it is one time that had not ended when the thread or the recording did.
    """

    line: Line
    kind: OffKind
    off_s: float
    times: int
    longest_s: float
    inside: Line | None = None
    still: bool = False

    @property
    def is_for_signal(self) -> bool:
        """As of `Asleep`."""
        return _is_for_signal(self.inside or self.line)


@dataclass(frozen=True, slots=True)
class Asleep:
    """The line at which threads spent most of their time blocked, none of it idle.

    `off_s` is in thread-seconds; `longest_s` that of the thread that was there for longest, and
    `times` how often that was; `still` as of `OffRow`. `also`: where others were for as long.
    """

    line: Line
    kind: OffKind
    off_s: float
    longest_s: float
    threads: int
    inside: Line | None = None
    times: int = 0
    still: bool = False
    also: tuple[Line, ...] = ()

    @property
    def _ran(self) -> Line:
        return self.inside or self.line

    @property
    def is_semaphore(self) -> bool:
        return self._ran.function in ("Semaphore.acquire", "Semaphore.__enter__")

    @property
    def is_lock_of_processes(self) -> bool:
        return self._ran.function.startswith("SemLock.")

    @property
    def is_for_process(self) -> bool:
        """Whether it waited for another process to end, or for what that sends."""
        file = PurePath(self._ran.file)
        return file.name == "subprocess.py" or file.parent.name == "multiprocessing"

    @property
    def is_for_signal(self) -> bool:
        """Whether it waited to be notified: nobody has a condition, so nobody kept it from it."""
        return _is_for_signal(self._ran)


def _is_for_signal(ran: Line) -> bool:
    is_condition = ran.function.endswith("Condition.wait")
    return is_condition and PurePath(ran.file).name == "threading.py"
