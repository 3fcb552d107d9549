"""A recording of other processes: what it gives them, what it hears, and how it ends.

Nothing that goes wrong here is a program's concern: it is said in one line, and nothing stays.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from gilscope.errors import GilscopeError
from gilscope.record.collector import ALONE, FAMILY, SUCCESSOR, started
from gilscope.record.resources import Arena, TraceFile, resources

ARENA_VARIABLE = "GILSCOPE_ARENA"  # for the first Python that starts, which takes it away
DOOR_VARIABLE = "GILSCOPE_DOOR"  # for all that start after it
# How long a launched interpreter may take to reach its start hook before its silence is reported.
SILENCE_S = 5.0


class Recording:
    """In progress. Whoever starts processes gives them `environment` and calls `pass_on` in them.

    `began` tells whether anything is recorded, `problem` why not, or what the trace lacks.
    `notify` is called with what the user should know, a line each.
    """

    environment: dict[str, str]
    """Variables by which a new process finds out that it is to be recorded."""

    def __init__(
        self,
        trace: TraceFile,
        arena: Arena,
        notify: Callable[[str], None],
        *,
        with_children: bool,
    ) -> None:
        self.began = False
        self.problem: str | None = None
        self._trace, self._arena, self._notify = trace, arena, notify
        self._collector = started(trace, arena, *FAMILY if with_children else ALONE)
        self.environment = {ARENA_VARIABLE: arena.variable()}
        if self._collector.door:
            self.environment[DOOR_VARIABLE] = self._collector.door
        self._told_failure = self._told_silence = False
        self._silent_at = time.monotonic() + SILENCE_S

    @classmethod
    def start(
        cls,
        output: Path,
        *,
        sample_hz: float,
        max_size_bytes: int,
        notify: Callable[[str], None],
        with_children: bool = True,
    ) -> Self:
        """Replace the file at `output`, and have it ready.

        Raises:
            GilscopeError, OSError: nothing can be recorded, and nothing is left behind.
        """
        made = resources(output, overwrite=True, sample_hz=sample_hz, max_size_bytes=max_size_bytes)
        with made as (trace, arena):
            return cls(trace, arena, notify, with_children=with_children)

    def pass_on(self) -> None:
        """In a process that is about to become the program: let it inherit what it needs."""
        os.set_inheritable(self._arena.descriptor, True)  # noqa: FBT003 - as os has it

    def tell(self, line: str) -> None:
        """Say something to the collector, of the processes or of this one."""
        self._collector.tell(line)

    def hear(self) -> None:
        """While a program runs: take in what the collector has said; report a long silence."""
        self._collector.hear(0)
        self._heed()
        if self._collector.answered or self._told_silence or time.monotonic() < self._silent_at:
            return
        self._told_silence = True
        self._notify(f"no Python with gilscope has started within {SILENCE_S:.0f} s of the launch")

    def _heed(self) -> None:
        collector = self._collector
        self.began, self.problem = collector.began, collector.problem
        if self.problem and not self.began and not self._told_failure and not collector.done:
            self._told_failure = True
            self._notify(f"not recording: {self.problem}")

    def finish(self, status: int, ended_ns: int) -> None:
        """Let the collector complete the file, as long as it gets on with it."""
        ending = f"ended {status} {ended_ns}"
        self.tell(ending)
        rest = "the trace holds what it had written by then"
        try:
            problem = self._collector.await_done()
        except OSError as error:
            problem = f"the collector is not heard any more: {error.strerror}"
        self._collector.kill()
        self._heed()
        if problem is None and self._collector.ended_early():
            problem = "the collector ended early"
            if self._has_successor(ending):
                rest = "what it had not written is saved"
        self.began = self.began and not self._trace.is_empty()
        if problem and self.began:
            self._notify(f"{problem}; {rest}")
        elif not self.began and self.problem is None:
            missing = "no Python with this gilscope started; is it installed in that environment?"
            self.problem = problem or missing
            self._notify(f"nothing was recorded: {self.problem}")
        self._close()

    def _has_successor(self, ending: str) -> bool:
        """Let another collector write what one that was killed has left in the shared memory."""
        try:
            successor = started(self._trace, self._arena, *SUCCESSOR)
        except (OSError, GilscopeError):
            return False
        try:
            successor.tell(ending)
            problem = successor.await_done()
        except OSError:
            return False
        finally:
            successor.kill()
        self.began = self.began or successor.began
        return problem is None and successor.done

    def abandon(self) -> None:
        """There will be no program."""
        self._collector.kill()
        self.began = False
        self._close()

    def _close(self) -> None:
        if self.began:
            self._trace.close()
        else:
            self._trace.discard()
        self._arena.close()
