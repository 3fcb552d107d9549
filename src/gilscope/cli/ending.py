"""How gilscope ends: exactly as the program that it ran ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def forget(descriptor: int) -> None:
    """Let what is still written to an output that cannot be written go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def end_as(returncode: int) -> int:
    """Return the exit status, or end by the signal that a negative `returncode` names."""
    if returncode >= 0:
        return returncode
    number = -returncode
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if sys.platform == "win32":  # which has no signals that end a process
        return 128 + number
    import resource  # noqa: PLC0415 - Windows has none

    # The program has left its core dump, if any; ours would say nothing and could overwrite it.
    _, hard_limit = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard_limit))
    with contextlib.suppress(OSError):  # SIGKILL has no handler to restore
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os.kill(os.getpid(), number)
    return 128 + number  # as a shell would say it
