"""Run a program as itself, in a child process, with the recorder started before its first line."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from gilscope.errors import GilscopeError
from gilscope.record.quiet import close_quietly, say
from gilscope.record.recording import Recording
from gilscope.record.relay import Relay


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a launched program ended, and what was recorded of it.

    `returncode` is as in `subprocess`: negative for the signal that ended it. `trace` is None if
    nothing was recorded; `problem` then says why (it has been printed).
    """

    returncode: int
    trace: Path | None
    problem: str | None


class Stage(Protocol):
    """What shows a program while it runs."""

    def begin(self, trace: Path | None) -> None: ...
    def end(self) -> None: ...
    def leave(self) -> None: ...


def launch(
    command: Sequence[str],
    output: Path,
    *,
    sample_hz: float,
    max_size_bytes: int,
    with_children: bool = True,
    stage: Stage | None = None,
) -> Outcome:
    """Run `command`, record the Python processes that it becomes or starts, and wait for it.

    A `stage` shows it meanwhile. Without `with_children`, the first of them only. A file that is at
    `output` already is replaced: to ask about that is the caller's.

    Raises:
        FileNotFoundError, PermissionError: the command cannot be executed.
    """
    problem = _why_silent(command)
    if problem:
        say(f"not recording: {problem}")
    with contextlib.ExitStack() as stack:
        relay = Relay(follows_stops=stage is None)
        try:
            stack.enter_context(relay)
            asked = (output, sample_hz, max_size_bytes)
            recording = None if problem else _start(*asked, with_children=with_children)
            pid = _spawn(command, recording, relay)
        except _CannotStartError as error:
            if error.about_command:
                raise error.reason from None
            _become(command, relay, error.reason, stage)
        except OSError as error:
            _become(command, relay, error, stage)
        status = _follow(pid, recording, relay, stage, output)
    if recording is None:
        return Outcome(status, None, problem or "the recording could not begin")
    return Outcome(status, output if recording.began else None, recording.problem)


def _follow(
    pid: int, recording: Recording | None, relay: Relay, stage: Stage | None, output: Path
) -> int:
    """Wait for the program, and for whoever looks at it."""
    if stage is None:
        _let_go_of_streams()
        return _finish(pid, recording, relay)
    stage.begin(output if recording else None)
    status = _finish(pid, recording, relay)
    stage.end()
    return status


def _finish(pid: int, recording: Recording | None, relay: Relay) -> int:
    """Wait for the program, and for its trace to be complete."""
    status, ended_ns = _await(pid, recording, relay)
    if recording:
        recording.finish(status, ended_ns)
    with contextlib.suppress(OSError):  # it may have been reaped, where there is no waitid()
        os.waitpid(pid, 0)  # only now: the collector reads its last CPU times before
    return status


def _start(
    output: Path, sample_hz: float, max_size_bytes: int, *, with_children: bool
) -> Recording | None:
    """None if nothing can be recorded, which has then been said."""
    try:
        return Recording.start(
            output,
            sample_hz=sample_hz,
            max_size_bytes=max_size_bytes,
            notify=say,
            with_children=with_children,
        )
    except (OSError, GilscopeError) as error:
        reason = error.message if isinstance(error, GilscopeError) else error
        say(f"not recording: {reason}; the program runs all the same")
        return None


class _CannotStartError(Exception):
    """There is no child; `about_command`: because of what it was to execute."""

    def __init__(self, reason: OSError, *, about_command: bool) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.about_command = about_command


def _become(command: Sequence[str], relay: Relay, reason: OSError, stage: Stage | None) -> NoReturn:
    """Where there can be no child, the program runs in the place of gilscope."""
    if stage is not None:
        stage.leave()
    say(f"not recording: cannot start a process: {reason.strerror}")
    relay.begin_program()
    os.execvp(command[0], list(command))  # noqa: S606 - it was asked for


def _spawn(command: Sequence[str], recording: Recording | None, relay: Relay) -> int:
    """Start the program. What it finds is what gilscope found: also a shell's `<(…)` is its own."""
    environment = dict(os.environ)
    if recording:
        environment |= recording.environment
    try:
        heard, said = os.pipe()
        pid = os.fork()
    except OSError as error:
        if recording:
            recording.abandon()
        raise _CannotStartError(error, about_command=False) from error
    if pid == 0:
        _execute(command, environment, recording, relay, said)
    close_quietly(said)
    answer = b""
    with contextlib.suppress(OSError):
        answer = os.read(heard, 100)
    close_quietly(heard)
    if not answer:
        return pid
    with contextlib.suppress(OSError):
        os.waitpid(pid, 0)
    if recording:
        recording.abandon()
    what, number = answer.split()
    reason = OSError(int(number), os.strerror(int(number)), command[0])
    raise _CannotStartError(reason, about_command=what == b"exec")


def _execute(
    command: Sequence[str],
    environment: dict[str, str],
    recording: Recording | None,
    relay: Relay,
    said: int,
) -> NoReturn:
    """In the child: become the program, or say what failed and end."""
    step = "prepare"
    try:
        if recording:
            recording.pass_on()
        relay.begin_program()
        step = "exec"
        os.execvpe(command[0], list(command), environment)  # noqa: S606 - it was asked for
    except OSError as error:
        with contextlib.suppress(OSError):
            os.write(said, f"{step} {error.errno}".encode())
    finally:
        os._exit(127)


def _await(pid: int, recording: Recording | None, relay: Relay) -> tuple[int, int]:
    """How the program ended, and when."""
    if recording:
        recording.tell(f"child {pid}")
    try:
        status = relay.wait(pid, recording)
    except OSError as error:
        say(f"signals are not passed on: {error.strerror}")
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, time.monotonic_ns()


def _let_go_of_streams() -> None:
    """The program's input and output end when it closes them, not when gilscope ends, too."""
    with contextlib.suppress(OSError):
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for stream in (0, 1):
            with contextlib.suppress(OSError):  # it was closed, and stays so
                os.fstat(stream)
                os.dup2(nothing, stream)
        if nothing > 1:
            os.close(nothing)


def _why_silent(command: Sequence[str]) -> str | None:
    """An interpreter option that skips the start hook is known before anything runs."""
    if not Path(command[0]).name.startswith("python"):
        return None
    for argument in command[1:]:
        if not argument.startswith("-") or argument in ("-", "-m", "-c"):
            return None
        letters = "" if argument.startswith("--") else argument.split("X")[0].split("W")[0]
        if "S" in letters:
            return "the option -S skips the hook that starts the recorder; leave it out"
        for letter in "IE":
            if letter in letters:
                return f"the option -{letter} hides gilscope's variable from it; leave it out"
    return None
