"""The collector of a launched program: started before it, heard while it runs, ended after it.

Nothing that goes wrong here is the program's concern: it is said in one line, and nothing stays.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from pathlib import Path

from gilscope.errors import GilscopeError
from gilscope.record.collector import (
    close_quietly,
    collector_path,
    discard_trace,
    files,
    say,
)
from gilscope.record.relay import is_interrupted

# How long a launched interpreter may take to reach its start hook before its silence is reported.
SILENCE_S = 5.0
# How long the collector may take to start, or later to write a record. It is not slow: the disk is.
PATIENCE_S = 10.0
_LOOK_EVERY_MS = 50


def start_collector(output: Path, sample_hz: float, max_size_bytes: int) -> Collector | None:
    """None if nothing can be recorded, which has then been said."""
    made = files(output, overwrite=True, sample_hz=sample_hz, max_size_bytes=max_size_bytes)
    try:
        with made as (trace_fd, arena_fd):
            return _ready(Collector(output, arena_fd, trace_fd))
    except (OSError, GilscopeError) as error:
        reason = error.message if isinstance(error, GilscopeError) else error
        say(f"not recording: {reason}; the program runs all the same")
        return None


def _ready(collector: Collector) -> Collector:
    try:
        collector.await_ready()
    except BaseException:
        collector.kill()
        raise
    return collector


def _spawn(arena_fd: int, trace_fd: int, role: str) -> subprocess.Popen[bytes]:
    path = collector_path()
    try:
        return subprocess.Popen(
            [path, str(arena_fd), str(trace_fd), role],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=(arena_fd, trace_fd),
            start_new_session=True,
        )
    except OSError as error:
        raise GilscopeError(f"cannot execute {path}: {error.strerror}") from error


class Collector:
    """The launcher's side of the pipe to and from the collector, which this starts."""

    def __init__(self, output: Path, arena_fd: int, trace_fd: int, role: str = "--control") -> None:
        from gilscope import _recorder

        process = _spawn(arena_fd, trace_fd, role)
        assert process.stdin is not None
        assert process.stdout is not None
        self.arena_fd = arena_fd
        self.variable = _recorder.variable(arena_fd)
        self.began = False
        self.problem: str | None = None
        self._process, self._output, self._trace_fd = process, output, trace_fd
        self._to, self._from = process.stdin, process.stdout
        self._unread = b""
        self._ready = self._answered = self._done = self._gone = False
        self._silent_at = time.monotonic() + SILENCE_S
        self._news = select.poll()
        self._news.register(self._from, select.POLLIN)

    def await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not self._ready:
            self._hear(_LOOK_EVERY_MS)
            if self.problem or self._gone:
                raise GilscopeError(self.problem or "its collector ended at once")
            if is_interrupted():
                raise GilscopeError("interrupted before its collector had started")
            if time.monotonic() > deadline:
                raise GilscopeError(f"its collector did not start within {PATIENCE_S:.0f} s")

    def tell(self, line: str) -> None:
        with contextlib.suppress(OSError):  # it has ended: that is noticed elsewhere
            self._to.write(f"{line}\n".encode())

    def hear(self) -> None:
        """While the program runs: take in what the collector has said; report a long silence."""
        self._hear(0)
        if not self._answered and time.monotonic() > self._silent_at:
            self._answered = True
            say(f"no Python with gilscope has started within {SILENCE_S:.0f} s of the launch")

    def finish(self, status: int, ended_ns: int) -> None:
        """Let the collector complete the file, as long as it gets on with it."""
        ending = f"ended {status} {ended_ns}"
        self.tell(ending)
        rest = "the trace holds what it had written by then"
        try:
            problem = self._await_done()
        except OSError as error:
            problem = f"the collector is not heard any more: {error.strerror}"
        self.kill()
        if problem is None and not self._done and self._process.returncode != 0:
            problem = "the collector ended early"
            if self._has_successor(ending):
                rest = "what it had not written is saved"
        self.began = self.began and not self._is_empty()
        if problem and self.began:
            say(f"{problem}; {rest}")
        elif not self.began and self.problem is None:
            missing = "no Python with this gilscope started; is it installed in that environment?"
            self.problem = problem or missing
            say(f"nothing was recorded: {self.problem}")
        self._close(keep_trace=self.began)

    def _has_successor(self, ending: str) -> bool:
        """Let another collector write what one that was killed has left in the shared memory."""
        try:
            successor = Collector(self._output, self.arena_fd, self._trace_fd, "--successor")
        except (OSError, GilscopeError):
            return False
        try:
            successor.await_ready()
            successor.tell(ending)
            problem = successor._await_done()
        except (OSError, GilscopeError):
            return False
        finally:
            successor.kill()
        self.began = self.began or successor.began
        return problem is None and successor._done

    def _is_empty(self) -> bool:
        try:
            return os.fstat(self._trace_fd).st_size == 0
        except OSError:
            return False

    def abandon(self) -> None:
        """There will be no program."""
        self.kill()
        self._close(keep_trace=False)

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

    def _close(self, *, keep_trace: bool) -> None:
        if not keep_trace:
            discard_trace(self._output, self._trace_fd)
        close_quietly(self._trace_fd)
        close_quietly(self.arena_fd)

    def _await_done(self) -> str | None:
        """Why the collector is not awaited any longer, or None if it has ended."""
        from gilscope import _recorder

        beat, beat_at = -1, time.monotonic()
        while not self._gone:
            self._hear(_LOOK_EVERY_MS)
            if is_interrupted():
                return "interrupted while the collector was writing"
            before, beat = beat, _recorder.collector_beat(self.arena_fd)
            if beat != before:
                beat_at = time.monotonic()
            elif time.monotonic() - beat_at > PATIENCE_S:
                return f"the collector has written nothing for {PATIENCE_S:.0f} s"
        return None

    def _hear(self, timeout_ms: int) -> None:
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
            return
        self._answered = True
        if word == "began":
            self.began = True
        elif word == "failed":
            self.problem = rest
            if self._ready:
                say(f"not recording: {rest}")
        elif word == "done":
            self._done = True
            self.problem = rest or self.problem
