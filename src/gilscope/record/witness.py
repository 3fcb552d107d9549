"""Tells a signal that was sent to a whole process group from one that was sent to gilscope alone.

`timeout`, shells and process managers signal the group, and the program is in it: to pass that on
would be to send it twice. The witness is a process of the same group that does nothing and takes no
signal: what is pending there was sent to all.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import NoReturn

from gilscope.record.quiet import close_quietly

_A_MOMENT_S = 0.001  # the kernel signals the members of a group one after the other


class Witness:
    """To be made while all signals are blocked. Where there can be none, it has seen nothing."""

    def __init__(self) -> None:
        self._pid = 0
        with contextlib.suppress(OSError):
            self._begin()

    def _begin(self) -> None:
        watched, self._held = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            close_quietly(self._held)
            close_quietly(watched)
            raise
        if pid == 0:
            _stand_by(watched)
        close_quietly(watched)
        self._pid = pid

    def saw(self, number: int) -> bool:
        """Was this signal sent to the whole group?"""
        if not self._pid:
            return False
        time.sleep(_A_MOMENT_S)
        if not _pending(self._pid) >> (number - 1) & 1:
            return False
        self.end()
        with contextlib.suppress(OSError):
            self._begin()  # a fresh one for the next signal
        return True

    def end(self) -> None:
        if self._pid:
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
            close_quietly(self._held)
            self._pid = 0


def _stand_by(watched: int) -> NoReturn:
    """In the witness: until gilscope has ended, which closes the other end."""
    try:
        for entry in list(Path("/proc/self/fd").iterdir()):
            if int(entry.name) != watched:
                close_quietly(int(entry.name))
        os.read(watched, 1)
    finally:
        os._exit(0)


def _pending(pid: int) -> int:
    """The signals that are pending in a process, as bits."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields.get("ShdPnd", "0"), 16) | int(fields.get("SigPnd", "0"), 16)
