"""A recording of a process that was found running: how it begins, goes on, and ends."""

from __future__ import annotations

import contextlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

from gilscope.errors import GilscopeError
from gilscope.record.attach.asking import Asking, Dismissal
from gilscope.record.attach.descendants import descendants_of
from gilscope.record.attach.meeting import Invitation
from gilscope.record.attach.recorders import recorder_for
from gilscope.record.attach.target import Target, find
from gilscope.record.collector import ALONE, FAMILY, Collector, started
from gilscope.record.resources import Arena, TraceFile, resources

PATIENCE_S = 6.0  # for the process to run a line of Python
ATTACHED = ("--attached",)
_LEAVING_S = 0.15  # for a program whose threads let go of the GIL
_DISMISSING_S = 1.0  # for one that has to be asked
_LOOK_EVERY_S = 0.01
_MOST_AT_ONCE = 16
_SHARED = b"/memfd:gilscope"  # as the kernel calls the memory that a recorded process shares


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: `trace` is None if nothing was recorded; `problem`: what it lacks.

    `lingers` are the processes that the recorder has not left yet, since they have not run since.
    """

    trace: Path | None
    problem: str | None
    lingers: tuple[int, ...] = ()


class Attachment:
    """In progress, from its making to `end()`; `with` ends it, too.

    `refused` says of processes that it started why they are not recorded, by pid.
    """

    def __init__(
        self, target: Target, trace: TraceFile, arena: Arena, collector: Collector
    ) -> None:
        self.target = target
        self.outcome: Outcome | None = None
        self.refused: dict[int, str] = {}
        self._trace, self._arena, self._collector = trace, arena, collector
        self._inode = os.fstat(arena.descriptor).st_ino
        self._asked: dict[int, Dismissal] = {}
        self._is_called_off = Event()
        self._pool = ThreadPoolExecutor(_MOST_AT_ONCE)

    @property
    def pid(self) -> int:
        return self.target.pid

    @property
    def pids(self) -> tuple[int, ...]:
        """All processes that were asked, and have begun."""
        return tuple(self._asked)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def begin(self, asking: Asking, patience_s: float) -> None:
        """Let the process begin; as in `attach`."""
        asking.invite(Invitation(self._arena.descriptor, self._collector.door), patience_s)
        self._collector.tell(f"attached {self.pid}")
        self._asked[self.pid] = asking.prepare_dismissal()

    def begin_descendants(self, python: str | None) -> None:
        """Ask the processes that it has started, while the recording goes on."""
        invitation = Invitation(None, self._collector.door)
        for pid in descendants_of(self.pid):
            if pid != os.getpid():
                self._pool.submit(self._begin_other, pid, invitation, python)

    def _begin_other(self, pid: int, invitation: Invitation, python: str | None) -> None:
        try:
            target = find(pid)
            asking = Asking(target, *recorder_for(target, python), self._is_called_off)
            asking.invite(invitation, PATIENCE_S)
            self._asked[pid] = asking.prepare_dismissal()
        except GilscopeError as error:
            self.refused[pid] = error.message
        except Exception as error:  # noqa: BLE001 - the others go on
            self.refused[pid] = f"{type(error).__name__}: {error}"

    def abandon(self) -> None:
        """It has not begun."""
        self._pool.shutdown(cancel_futures=True)
        self._collector.kill()

    def is_running(self, timeout_s: float = 0.0) -> bool:
        """Whether it goes on; waits for its end, for so long at most."""
        if self.outcome is None and not self._collector.is_over:
            self._collector.hear(int(timeout_s * 1000))
        return self.outcome is None and not self._collector.is_over

    def end(self) -> Outcome:
        """Let the process go, complete the file, and say what became of it."""
        if self.outcome is not None:
            return self.outcome
        self._is_called_off.set()
        self._pool.shutdown(cancel_futures=True)
        self._collector.tell("end")
        lingers = self._dismiss()
        problem = self._collector.await_done()
        self._collector.kill()
        problem = problem or self._collector.problem
        if problem is None and self._collector.ended_early():
            problem = "its collector ended early"
        is_empty = self._trace.is_empty()
        if is_empty:
            self._trace.discard()
        else:
            self._trace.close()
        self._arena.close()
        self.outcome = Outcome(None if is_empty else self._trace.path, problem, lingers)
        return self.outcome

    def _dismiss(self) -> tuple[int, ...]:
        """See to it that all processes are left; those that are not yet."""
        until_s = time.monotonic() + _LEAVING_S
        while (those := [pid for pid in self._asked if not self._is_left(pid)]) and (
            time.monotonic() < until_s
        ):
            time.sleep(_LOOK_EVERY_S)
        if those:
            with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
                pool.map(self._dismiss_one, those)
        for pid, dismissal in self._asked.items():
            dismissal.close(has_left=pid not in those)
        return tuple(pid for pid in those if not self._is_left(pid))

    def _is_left(self, pid: int) -> bool:
        return _is_left(pid, self._inode if pid == self.pid else None)

    def _dismiss_one(self, pid: int) -> None:
        def has_left(timeout_s: float) -> bool:
            time.sleep(timeout_s)
            return self._is_left(pid)

        with contextlib.suppress(GilscopeError):  # it has ended, for example
            self._asked[pid].insist(has_left, _DISMISSING_S)


def _is_left(pid: int, inode: int | None) -> bool:
    """Whether it shares no memory of that number any more, or none at all."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_bytes().splitlines()
    except OSError:
        return True  # it has ended
    shared = [line.split()[4] for line in lines if _SHARED in line]
    return str(inode).encode() not in shared if inode else not shared


def attach(
    pid: int,
    output: Path,
    *,
    sample_hz: float,
    max_size_bytes: int,
    with_children: bool = False,
    python: str | None = None,
    patience_s: float = PATIENCE_S,
) -> Attachment:
    """Record a process from now on. A file that is at `output` already is replaced.

    `with_children`: the processes that it has started, or starts from now on, are recorded, too.
    `python`: an interpreter of the process's version that has gilscope; else one is looked for.
    `patience_s`: how long to wait for the process to run a line of Python.

    Raises:
        GilscopeError: it cannot be recorded; then nothing of it is left, here or there.
    """
    target = find(pid)
    asking = Asking(target, *recorder_for(target, python))
    made = resources(output, overwrite=True, sample_hz=sample_hz, max_size_bytes=max_size_bytes)
    roles = FAMILY if with_children else ALONE
    with made as (trace, arena):
        try:
            collector = started(trace, arena, *roles, *ATTACHED)
        except OSError as error:
            raise GilscopeError(f"cannot start a collector: {error.strerror}") from error
        attachment = Attachment(target, trace, arena, collector)
        try:
            attachment.begin(asking, patience_s)
        except BaseException:
            attachment.abandon()
            raise
    if with_children:
        attachment.begin_descendants(python)
    return attachment
