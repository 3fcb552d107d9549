"""Try something in a process of its own, which cannot hang or harm the one that asks."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MOST_CHARACTERS = 300
# What would make a child that is tried out record itself somewhere.
OWN = ("GILSCOPE_ARENA", "GILSCOPE_DOOR", "GILSCOPE_RECORD", "GILSCOPE_WATCH")


@dataclass(frozen=True, slots=True)
class Tried:
    """How it ended; `status` is None if it had to be ended."""

    status: int | None
    out: str
    err: str

    @property
    def reason(self) -> str:
        """The last line of what it complained of."""
        if self.status is None:
            return "it did not end in time"
        lines = (self.err.strip() or self.out.strip()).splitlines()
        return lines[-1].strip()[:MOST_CHARACTERS] if lines else f"it ended with {self.status}"


def tried(
    command: Sequence[str | Path],
    *,
    patience_s: float = 20.0,
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Tried:
    """Run a command to its end, or end it and what it started in its group."""
    environment = {key: value for key, value in os.environ.items() if key not in OWN}
    try:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment | dict(variables or {}),
            start_new_session=True,
        )
    except OSError as error:
        return Tried(127, "", error.strerror or str(error))
    try:
        out, err = process.communicate(timeout=patience_s)
    except subprocess.TimeoutExpired:
        _end(process)
        return Tried(None, "", "")
    return Tried(process.returncode, _text(out), _text(err))


def python(code: str, *, patience_s: float = 20.0, **variables: str) -> Tried:
    """Run some code in this very interpreter."""
    return tried([sys.executable, "-c", code], patience_s=patience_s, variables=variables)


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    with contextlib.suppress(subprocess.TimeoutExpired):  # stuck in the kernel
        process.wait(2)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
