"""What a host process answers: to be waited for, also when it ends while its children go on."""

from __future__ import annotations

import os
import queue
import select
import threading
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import subprocess
    from typing import IO

MOST_BYTES = 1 << 16
LOOK_EVERY_S = 0.02


class Answers(Protocol):
    """`read` follows a `wait` that was not in vain; nothing: there will be no more."""

    def wait(self, timeout_s: float) -> bool: ...

    def read(self) -> bytes: ...

    def close(self) -> None: ...


def answers(process: subprocess.Popen[bytes], stdout: IO[bytes]) -> Answers:
    """Listen to a process, in the way that this system offers."""
    return Polled(process, stdout) if hasattr(os, "pidfd_open") else Read(process, stdout)


class Polled:
    """Linux: a pipe and the end of a process are waited for together."""

    def __init__(self, process: subprocess.Popen[bytes], stdout: IO[bytes]) -> None:
        self._stdout = stdout.fileno()
        self._ended = os.pidfd_open(process.pid)

    def wait(self, timeout_s: float) -> bool:
        readable, _, _ = select.select([self._stdout, self._ended], [], [], timeout_s)
        return bool(readable)

    def read(self) -> bytes:
        readable, _, _ = select.select([self._stdout], [], [], 0)
        return os.read(self._stdout, MOST_BYTES) if readable else b""

    def close(self) -> None:
        os.close(self._ended)


class Read:
    """Elsewhere: a thread reads the pipe, and whether the process has ended is asked for."""

    def __init__(self, process: subprocess.Popen[bytes], stdout: IO[bytes]) -> None:
        self._process = process
        self._stdout = stdout.fileno()
        self._pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._next: bytes | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        piece = b"?"
        while piece:
            try:
                piece = os.read(self._stdout, MOST_BYTES)
            except OSError:  # closed
                piece = b""
            self._pieces.put(piece)

    def wait(self, timeout_s: float) -> bool:
        deadline_s = time.monotonic() + timeout_s
        while self._next is None:
            had_ended = self._process.poll() is not None
            left_s = deadline_s - time.monotonic()
            try:
                self._next = self._pieces.get(timeout=min(max(left_s, 0), LOOK_EVERY_S))
            except queue.Empty:
                if had_ended:
                    return True
                if left_s <= 0:
                    return False
        return True

    def read(self) -> bytes:
        piece, self._next = self._next, None
        return piece or b""

    def close(self) -> None:
        """Nothing to do: the thread ends with the pipe."""
