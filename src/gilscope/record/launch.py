"""Run a program as itself, in a child process, with the recorder started before its first line."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gilscope.record.collector import say
from gilscope.record.helper import Collector, start_collector
from gilscope.record.relay import Relay, forget_interruption

ARENA_VARIABLE = "GILSCOPE_ARENA"


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
    with Relay() as relay:
        problem = _why_silent(command)
        if problem:
            say(f"not recording: {problem}")
        collector = None if problem else start_collector(output, sample_hz, max_size_bytes)
        child = _spawn(command, collector, relay)
        _let_go_of_streams()
        if collector:
            collector.tell(f"child {child.pid}")
        status = relay.wait(child.pid, collector)
        ended_ns = time.monotonic_ns()
        if collector:
            collector.finish(status, ended_ns)
        child.wait()  # reaped only now: the collector reads its last CPU times before it is gone
        forget_interruption()
    if collector is None:
        return Outcome(status, None, problem or "the recording could not begin")
    return Outcome(status, output if collector.began else None, collector.problem)


def _spawn(
    command: Sequence[str], collector: Collector | None, relay: Relay
) -> subprocess.Popen[bytes]:
    environment = dict(os.environ)
    if collector:
        environment[ARENA_VARIABLE] = collector.variable

    def begin_program() -> None:
        if collector:
            os.set_inheritable(collector.arena_fd, True)  # noqa: FBT003 - as os has it
        relay.begin_program()

    try:
        # It gets the descriptors that gilscope was started with: a shell's <(…) is one of them.
        return subprocess.Popen(
            command,
            env=environment,
            close_fds=False,
            preexec_fn=begin_program,  # noqa: PLW1509 - there is no thread beside this one
        )
    except OSError as error:
        if collector:
            collector.abandon()
        if error.filename is None:  # it is not about the command: there can be no child
            say(f"not recording: cannot start a process: {error.strerror}")
            relay.begin_program()
            os.execvp(command[0], list(command))  # noqa: S606 - it was asked for
        raise


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
