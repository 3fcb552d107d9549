"""The processes that are to be exported, on one clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.analysis.processnames import process_names
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.trace import Thread, Trace


@dataclass(frozen=True, slots=True)
class Subject:
    """One process. `number` is unique among those of an export, a pid need not be.

    `begin_ns` is when its recording began, after the beginning of the first one's.
    """

    number: int
    trace: Trace
    program: str
    host: str
    begin_ns: int

    @property
    def pid(self) -> int:
        return self.trace.meta.pid

    @property
    def label(self) -> str:
        """What it is called: its program, and its host where that is known."""
        return shown(f"{self.program} on {self.host}" if self.host else self.program)


def subjects_of(trace: Trace) -> tuple[Subject, ...]:
    """All processes of one trace, or the window of one."""
    names = process_names(trace.processes)
    first_ns = trace.processes[0].meta.start_monotonic_ns
    return tuple(
        Subject(
            number=number,
            trace=each,
            program=names[each.process],
            host="",
            begin_ns=max(0, each.meta.start_monotonic_ns - first_ns),
        )
        for number, each in enumerate(trace.processes)
    )


def shown(text: str) -> str:
    """Write a name that a program chose so that no format or viewer can stumble over it."""
    return clean(text)


class Numbers:
    """Process and thread ids for viewers: the kernel's own, where nothing else has them."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._pids: dict[int, int] = {}
        self._tids: dict[tuple[int, int], int] = {}
        self._taken: set[int] = set()
        self._free = 1_000_000_000  # no kernel gives out as large ones
        for each in subjects:
            self._pids[each.number] = self._take(each.pid)
        for each in subjects:
            for thread in each.trace.threads.values():
                self._tids[each.number, thread.thread] = self._tid(each, thread)

    def pid(self, subject: Subject) -> int:
        return self._pids[subject.number]

    def tid(self, subject: Subject, thread: int) -> int:
        """Return the id of a thread; one that has no entry in the trace gets one now."""
        key = subject.number, thread
        if key not in self._tids:
            self._tids[key] = self._take(0)
        return self._tids[key]

    def another(self) -> int:
        """Return an id that nothing has."""
        return self._take(0)

    def _tid(self, subject: Subject, thread: Thread) -> int:
        # The main thread's is the process's: viewers know it by that.
        return self._pids[subject.number] if thread.main else self._take(thread.tid)

    def _take(self, wanted: int) -> int:
        if wanted <= 0 or wanted in self._taken:
            self._free += 1
            wanted = self._free
        self._taken.add(wanted)
        return wanted
