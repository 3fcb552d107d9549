"""The collector as a process: started, heard line by line through a pipe, and ended."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Sequence

from gilscope.errors import GilscopeError
from gilscope.record.relay import is_interrupted
from gilscope.record.resources import Arena, TraceFile, collector_path

# How long the collector may take to start, or later to write a record. It is not slow: the disk is.
PATIENCE_S = 10.0
_LOOK_EVERY_MS = 50
# To collect for the first process of a program and for those that join it, for the first alone, or
# where another collector was killed.
FAMILY = ("--control",)
ALONE = ("--control", "--alone")
SUCCESSOR = ("--successor",)


class Collector:
    """One that drains an arena into a file, in one of the roles above; a successor writes behind
    what is there.

    `door` is the value of the variable by which these find it, or empty.

    `problem` is why nothing is recorded, or what the file lacks, in the collector's words.
    """

    def __init__(self, trace: TraceFile, arena: Arena, *roles: str) -> None:
        process = _spawn(arena.descriptor, trace.descriptor, roles)
        assert process.stdin is not None
        assert process.stdout is not None
        self.began = self.answered = self.done = False
        self.problem: str | None = None
        self.door = ""
        self._arena, self._process = arena, process
        self._to, self._from = process.stdin, process.stdout
        self._unread = b""
        self._ready = self._gone = False
        self._news = select.poll()
        self._news.register(self._from, select.POLLIN)

    def await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not self._ready:
            self.hear(_LOOK_EVERY_MS)
            if self.problem or self._gone:
                raise GilscopeError(self.problem or "its collector ended at once")
            if is_interrupted():
                raise GilscopeError("interrupted before its collector had started")
            if time.monotonic() > deadline:
                raise GilscopeError(f"its collector did not start within {PATIENCE_S:.0f} s")

    def await_done(self) -> str | None:
        """Why the collector is not awaited any longer, or None if it has ended."""
        beat, beat_at = -1, time.monotonic()
        while not self._gone:
            self.hear(_LOOK_EVERY_MS)
            if is_interrupted():
                return "interrupted while the collector was writing"
            before, beat = beat, self._arena.beat()
            if beat != before:
                beat_at = time.monotonic()
            elif time.monotonic() - beat_at > PATIENCE_S:
                return f"the collector has written nothing for {PATIENCE_S:.0f} s"
        return None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be heard of it."""
        return self._gone or self.done

    def ended_early(self) -> bool:
        """To be asked when it has ended."""
        return not self.done and self._process.returncode != 0

    def tell(self, line: str) -> None:
        with contextlib.suppress(OSError):  # it has ended: that is noticed elsewhere
            self._to.write(f"{line}\n".encode())

    def hear(self, timeout_ms: int) -> None:
        data = b""
        with contextlib.suppress(OSError):
            if self._gone or not self._news.poll(timeout_ms):
                return
            data = os.read(self._from.fileno(), 4096)
        self._gone = not data
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._take(line.decode(errors="replace").strip())

    def _take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "ready":
            self._ready = True
            self.door = rest
            return
        self.answered = True
        if word == "began":
            self.began = True
        elif word == "failed":
            self.problem = rest
        elif word == "done":
            self.done = True
            self.problem = rest or self.problem

    def kill(self) -> None:
        """Leave no collector behind, whatever it is at; one that has done its work is gone."""
        for stream in (self._from, self._to):
            with contextlib.suppress(OSError):
                stream.close()
        for _ in range(2):
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):  # stuck in the kernel
                if not self._gone:
                    self._process.kill()
                self._process.wait(1)
            self._gone = False


def started(trace: TraceFile, arena: Arena, *roles: str) -> Collector:
    """A collector that is ready.

    Raises:
        GilscopeError, OSError: there is none, and nothing is left of it.
    """
    collector = Collector(trace, arena, *roles)
    try:
        collector.await_ready()
    except BaseException:
        collector.kill()
        raise
    return collector


def _spawn(arena_fd: int, trace_fd: int, roles: Sequence[str]) -> subprocess.Popen[bytes]:
    path = collector_path()
    try:
        return subprocess.Popen(
            [path, str(arena_fd), str(trace_fd), *roles],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=(arena_fd, trace_fd),
            start_new_session=True,
        )
    except OSError as error:
        raise GilscopeError(f"cannot execute {path}: {error.strerror}") from error
