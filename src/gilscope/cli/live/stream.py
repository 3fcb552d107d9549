"""What the live view shows: a growing trace, and what the program prints."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import struct
import termios
from typing import TYPE_CHECKING

from gilscope.cli.output import choose_output, replaced
from gilscope.errors import GilscopeError
from gilscope.live import Watch, keep, summary_of
from gilscope.report.live.screen import Shown
from gilscope.words import numbers
from gilscope.words.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEPT_S = 60.0
# What is shown of what the program prints is at its end.
_TAIL_BYTES = 1 << 16
_MOST_COLUMNS = 500
# Sequences that steer a terminal: colours, the cursor, titles.
_STEERING = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")


class Printed:
    """What a program has printed on the terminal that it was given, and the user's end of that."""

    def __init__(self, printed: int, user: int) -> None:
        self._printed, self._user = printed, user

    def lines(self) -> list[str]:
        """Return the last lines, as a terminal without colours would show them."""
        size = os.fstat(self._printed).st_size
        data = os.pread(self._printed, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        text = _STEERING.sub("", data.decode("utf-8", "replace"))
        lines = text.replace("\r\n", "\n").split("\n")
        return [_overwritten(line) for line in lines if line or line is not lines[-1]]

    def resized(self, columns: int, rows: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._user, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._user, f"{text}\n".encode())


def _overwritten(line: str) -> str:
    """Return what is left of a line that returns to its beginning, as progress bars do."""
    return clean(line.rstrip("\r").rpartition("\r")[2], most_characters=_MOST_COLUMNS)


class Recorded:
    """A stream for `LiveApp`.

    `has_ended` says whether the program has, `interrupt` is what Ctrl-C does.
    """

    def __init__(
        self,
        trace: Path,
        *,
        printed: Printed | None = None,
        interrupt: Callable[[], str] | None = None,
        has_ended: Callable[[], bool] = lambda: False,
        stem: str = "",
    ) -> None:
        self._watch = Watch(trace)
        self._stem = stem or trace.stem
        self._printed, self._interrupt, self._has_ended = printed, interrupt, has_ended

    def close(self) -> None:
        self._watch.close()

    def look(self, seconds: float) -> Shown:
        self._watch.look()
        processes = [summary_of(each, seconds) for each in self._watch.processes if each.slots]
        output = self._printed.lines() if self._printed else None
        return Shown(processes, output, self._status())

    def _status(self) -> str:
        if self._watch.ended or self._has_ended():
            return "the program has ended: q closes this view"
        return ""

    def keep(self) -> str:
        try:
            path = choose_output(None, f"{self._stem}-minute", force=False)
            with replaced(path) as output:
                keep(self._watch, output, KEPT_S)
        except GilscopeError as error:
            return f"not kept: {error.message}"
        except OSError as error:
            return f"not kept: {error.strerror or error}"
        return f"kept {path}, {numbers.size(path.stat().st_size)}"

    def resized(self, columns: int, rows: int) -> None:
        if self._printed is not None:
            self._printed.resized(columns, rows)

    def interrupt(self) -> str:
        return self._interrupt() if self._interrupt else "q closes this view"

    def type(self, text: str) -> str:
        if self._printed is None:
            return "what is typed goes to the program where that runs"
        self._printed.type(text)
        return ""


def interrupt_group() -> str:
    """Send to all that the terminal runs what it would send for Ctrl-C, but not to this view."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.killpg(os.getpgrp(), signal.SIGINT)
    return "Ctrl-C was sent to the program"
