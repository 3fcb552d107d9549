"""A terminal with somebody in front of it, who sees what is on the screen and types."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PATIENCE_S = 60.0


class Terminal:
    """Runs a command in a session of its own, on a pseudo-terminal."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._user, program = os.openpty()
        self.resize(columns, rows)
        self.process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env={**env, "TERM": "xterm-256color"},
            stdin=program,
            stdout=program,
            stderr=program,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads
        )
        self.settings = termios.tcgetattr(program)
        self._program = program
        self.raw = b""  # all that was ever written

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._user, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)

    def type(self, keys: str) -> None:
        os.write(self._user, keys.encode())

    def lines(self) -> list[str]:
        """What is on the screen now."""
        while select.select([self._user], [], [], 0)[0]:
            data = os.read(self._user, 1 << 16)
            self.raw += data
            # pyte knows nothing of the keyboard protocols that Textual asks terminals for.
            self._stream.feed(data.replace(b"\x1b[>1u", b"").replace(b"\x1b[<u", b""))
        return [line.rstrip() for line in self._screen.display]

    def wait_for(self, condition: Callable[[list[str]], object], what: str) -> list[str]:
        """Wait until the screen is as it should be."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition(lines := self.lines()):
            assert time.monotonic() < deadline, f"never: {what}\n" + "\n".join(lines)
            time.sleep(0.05)
        return lines

    def wait_for_text(self, text: str) -> list[str]:
        return self.wait_for(lambda lines: any(text in line for line in lines), text)

    def end(self) -> int:
        """Wait until it has ended; return its status."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            self.lines()
            assert time.monotonic() < deadline, "\n".join(self.lines())
            time.sleep(0.05)
        self.lines()
        return self.process.returncode

    def has_settings_of_before(self) -> bool:
        """Whether the terminal is as it was before the program began."""
        return termios.tcgetattr(self._program) == self.settings

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._user)
        os.close(self._program)
