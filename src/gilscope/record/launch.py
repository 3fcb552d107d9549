"""Run a program as itself, in a child process, with the recorder started before its first line.

The parent only waits. Signals that reach it alone are passed on; those that the terminal sends to
the whole foreground group have reached the program already.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gilscope.record.collector import collector_path, open_trace

ARENA_VARIABLE = "GILSCOPE_ARENA"

# How long a launched interpreter may take to reach its start hook before its silence is reported.
SILENCE_S = 5.0

FORWARDED = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_SENT_BY_KERNEL = 0x80  # SI_KERNEL: by the terminal, to every process of the foreground group


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a launched program ended, and what was recorded of it.

    `returncode` is as in `subprocess`: negative for the signal that ended it. `trace` is None if
    nothing was recorded; `problem` then says why (it has been printed).
    """

    returncode: int
    trace: Path | None
    problem: str | None


def launch(
    command: Sequence[str],
    output: Path,
    *,
    sample_hz: float,
    max_size_bytes: int,
) -> Outcome:
    """Run `command`, record the first Python process that it becomes or starts, and wait for it.

    A file that is at `output` already is replaced: to ask about that is the caller's.

    Raises:
        FileNotFoundError, PermissionError: the command cannot be executed.
    """
    recording = _Recording.prepare(output, sample_hz, max_size_bytes)
    with _signals_held() as mask:
        child = _spawn(command, recording, mask)
        if recording:
            recording.watch_for_silence(command)
        status = _wait(child)
        ended_ns = time.monotonic_ns()
    problem = recording.finish(status, ended_ns) if recording else "the trace could not be written"
    child.wait()  # reaped only now: the collector reads its last CPU times before it is gone
    trace = output if recording and recording.began else None
    if recording and not recording.began:
        output.unlink(missing_ok=True)
    return Outcome(status, trace, problem)


def _spawn(
    command: Sequence[str], recording: _Recording | None, mask: set[int]
) -> subprocess.Popen[bytes]:
    environment = None
    descriptors: tuple[int, ...] = ()
    if recording:
        environment = {**os.environ, ARENA_VARIABLE: str(recording.arena_fd)}
        descriptors = (recording.arena_fd,)
    try:
        # The program starts with the signal mask that gilscope was started with.
        return subprocess.Popen(
            command,
            env=environment,
            pass_fds=descriptors,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, mask),  # noqa: PLW1509
        )
    except OSError:
        if recording:
            recording.abandon()
        raise


@contextlib.contextmanager
def _signals_held() -> Iterator[set[int]]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*FORWARDED, signal.SIGCHLD})
    try:
        yield {int(number) for number in before}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Pass signals on until the child has ended; it stays unreaped."""
    while True:
        ended = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if ended is not None:
            killed = ended.si_code in (os.CLD_KILLED, os.CLD_DUMPED)
            return -ended.si_status if killed else ended.si_status
        info = signal.sigtimedwait({*FORWARDED, signal.SIGCHLD}, 1.0)
        if info is None or info.si_signo == signal.SIGCHLD or info.si_code == _SENT_BY_KERNEL:
            continue
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, info.si_signo)


class _Recording:
    """The collector's side of a launch: started before the program, heard until it is done."""

    def __init__(self, collector: subprocess.Popen[bytes], arena_fd: int) -> None:
        self.arena_fd = arena_fd
        self.began = False
        self._collector = collector
        self._problem: str | None = None
        self._answered = threading.Event()
        self._done = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)

    @classmethod
    def prepare(cls, output: Path, sample_hz: float, max_size_bytes: int) -> _Recording | None:
        """None if nothing can be recorded, which has then been said: the program runs on."""
        try:
            from gilscope import _recorder

            trace_fd = open_trace(output, overwrite=True)
            arena_fd = _recorder.create_arena(sample_hz, max_size_bytes)
        except (OSError, ImportError) as error:
            _say(f"not recording: {_reason(error)}; the program runs all the same")
            return None
        try:
            collector = subprocess.Popen(
                [collector_path(), str(arena_fd), str(trace_fd), "--control"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=(arena_fd, trace_fd),
                start_new_session=True,
            )
        finally:
            os.close(trace_fd)
        recording = cls(collector, arena_fd)
        assert collector.stdout is not None
        collector.stdout.readline()  # "ready"
        recording._listener.start()
        return recording

    def _listen(self) -> None:
        output: IO[bytes] | None = self._collector.stdout
        assert output is not None
        for line in output:
            word, _, rest = line.decode(errors="replace").strip().partition(" ")
            if word == "began":
                self.began = True
            elif word == "failed":
                self._problem = rest
                _say(f"not recording: {rest}")
            elif word == "done":
                self._problem = rest or None
            self._answered.set()
        self._answered.set()

    def watch_for_silence(self, command: Sequence[str]) -> None:
        """Say so if the program does not confirm soon that it is being recorded."""
        reason = _why_silent(command)
        if reason:
            self._problem = reason
            _say(f"not recording: {reason}")
            return

        def watch() -> None:
            if not self._answered.wait(SILENCE_S) and not self._done.is_set():
                _say(f"no Python with gilscope has started within {SILENCE_S:.0f} s of the launch")

        threading.Thread(target=watch, daemon=True).start()

    def finish(self, status: int, ended_ns: int) -> str | None:
        """Let the collector complete the file; the problem that there was, if any."""
        self._done.set()
        os.close(self.arena_fd)
        stdin = self._collector.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):
            stdin.write(f"ended {status} {ended_ns}\n".encode())
            stdin.flush()
        self._listener.join()
        with contextlib.suppress(BrokenPipeError):
            stdin.close()
        if self._collector.wait() != 0:
            _say("the collector ended early; the trace holds what it had written by then")
        if not self.began and self._problem is None:
            self._problem = "no Python with gilscope started; is it installed in that environment?"
            _say(f"nothing was recorded: {self._problem}")
        return self._problem

    def abandon(self) -> None:
        """The program could not be started."""
        os.close(self.arena_fd)
        assert self._collector.stdin is not None
        self._collector.stdin.close()
        self._listener.join()
        self._collector.wait()


def _why_silent(command: Sequence[str]) -> str | None:
    """An interpreter option that skips the start hook is known before anything runs."""
    if not Path(command[0]).name.startswith("python"):
        return None
    for argument in command[1:]:
        if not argument.startswith("-") or argument in ("-", "-m", "-c"):
            return None
        if not argument.startswith("--") and "S" in argument.split("X")[0].split("W")[0]:
            return "the option -S skips the hook that starts the recorder; leave it out"
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"cannot write {error.filename}: {error.strerror}"
    return str(error)


def _say(message: str) -> None:
    print(f"gilscope: {message}", file=sys.stderr, flush=True)
