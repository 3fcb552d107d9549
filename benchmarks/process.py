"""Start a program, wait for its end or put an end to it, and say what it took and printed."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TIMEOUT_S = 120.0


class RunError(Exception):
    """A run that failed or hung, and why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that succeeded; `cpu_s` includes the children that it waited for."""

    output: list[str]
    process_s: float
    cpu_s: float


def run(
    command: list[str], folder: Path, variables: Mapping[str, str], timeout_s: float = TIMEOUT_S
) -> Ended:
    """In a session of its own, so that all of it can be ended. Raises RunError."""
    printed = folder / "output"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GILSCOPE"))}
    with printed.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**clean, **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        status, cpu_s = _end(process, timeout_s)
        process_s = time.perf_counter() - start
    lines = printed.read_text(errors="replace").strip().splitlines()
    if status == -signal.SIGKILL:
        raise RunError(f"hung: ended after {timeout_s:.0f} s")
    if status:
        raise RunError(f"exit status {status}: {(lines or ['(silent)'])[-1][:160]}")
    return Ended(lines, process_s, cpu_s)


def _end(process: subprocess.Popen[bytes], timeout_s: float) -> tuple[int, float]:
    alarm = threading.Timer(timeout_s, lambda: os.killpg(process.pid, signal.SIGKILL))
    alarm.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        alarm.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime
