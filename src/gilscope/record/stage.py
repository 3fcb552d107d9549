"""A terminal of its own for a program whose recording is watched: the view has the real one.

What the program prints is kept in a file, which the view shows. When the view is closed, all of it
goes to the real terminal, and from then on whatever else is printed. The program stays in the
session and the process group that it would have been in, so keys and signals reach it as ever.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gilscope.record.quiet import close_quietly
from gilscope.record.relay import is_interrupted

_LOOK_EVERY_S = 0.05
_PIECE_BYTES = 1 << 16
# Where termios keeps the flags that say what becomes of output, and whether input is shown.
_OUTPUT, _ECHOES = 1, 3
# Of a view that ended without putting the terminal in order: show the screen that was there before,
# and the cursor; report no mouse, no pastes, no keys in another way.
_RESTORE = (
    b"\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[<u\x1b[m"
)


class Stage:
    """Within its block, this process and what it starts have another terminal.

    `viewer` says how to start a view, given where it finds what the program prints, the end of the
    terminal that stands for its user, and a pipe that ends when the program has.
    """

    def __init__(self, viewer: Callable[[int, int, int], Sequence[str]]) -> None:
        self._command = viewer
        self._real: dict[int, int] = {}  # by number of the stream: the real one
        self._view: subprocess.Popen[bytes] | None = None
        self._pump: threading.Thread | None = None
        self._is_over = threading.Event()
        self._shown_bytes = 0

    def __enter__(self) -> Self:
        self._user, program = os.openpty()
        self._attributes = termios.tcgetattr(1)
        # What is printed is kept as it is: the real terminal makes lines of it.
        attributes = [*self._attributes]
        attributes[_OUTPUT] &= ~termios.OPOST
        termios.tcsetattr(program, termios.TCSANOW, attributes)
        size = fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(program, termios.TIOCSWINSZ, size)
        for stream in (0, 1, 2):
            if _is_terminal(stream):
                self._real[stream] = fcntl.fcntl(stream, fcntl.F_DUPFD_CLOEXEC, 10)
                os.dup2(program, stream)
        self._program = fcntl.fcntl(program, fcntl.F_DUPFD_CLOEXEC, 10)
        os.close(program)
        os.set_inheritable(self._user, False)  # noqa: FBT003 - as os has it
        self._printed = tempfile.TemporaryFile()
        self._heard, self._said = os.pipe()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        if self._pump is not None:
            self._pump.join()
        else:
            self._take(0)
            self._show()
        self.leave()
        for real in self._real.values():
            close_quietly(real)
        self._printed.close()
        for each in (self._user, self._program, self._heard, self._said):
            close_quietly(each)

    def leave(self) -> None:
        """Give this process the real terminal again."""
        for stream, real in self._real.items():
            os.dup2(real, stream)

    def begin(self, trace: Path | None) -> None:
        """The program runs: show it; without a trace, only what it prints."""
        if trace is not None:
            self._start_view(trace)
        self._pump = threading.Thread(target=self._go_on, name="gilscope's stage", daemon=True)
        self._pump.start()

    def end(self) -> None:
        """The program has ended: wait for the view to be closed."""
        close_quietly(self._said)
        self._said = -1
        while self._view is not None and self._view.poll() is None:
            if is_interrupted():
                self._view.terminate()
            time.sleep(_LOOK_EVERY_S)

    def _start_view(self, trace: Path) -> None:
        descriptors = self._printed.fileno(), self._user, self._heard
        keys = self._real.get(0) or os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC)
        # What makes an observed program of a Python does not make one of the view.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GILSCOPE_")}
        with contextlib.suppress(OSError):
            self._view = subprocess.Popen(
                [*self._command(*descriptors), str(trace)],
                stdin=keys,
                stdout=self._real[1],
                stderr=self._real[2],
                pass_fds=descriptors,
                env=environment,
            )

    # --- what is printed -----------------------------------------------------------------------

    def _go_on(self) -> None:
        """Keep what is printed while there is a view, then show it, and what else comes."""
        while not self._is_over.is_set():
            self._take(_LOOK_EVERY_S)
            if self._view is None or self._view.poll() is not None:
                self._put_in_order()
                self._show()
        self._take(0)
        self._show()

    def _take(self, patience_s: float) -> None:
        """Keep what has been printed, and pass on what is typed once there is no view."""
        keys = [self._real[0]] if 0 in self._real and self._has_no_view() else []
        while True:
            ready, _, _ = select.select([self._user, *keys], [], [], patience_s)
            patience_s = 0
            with contextlib.suppress(OSError):
                if self._user in ready:
                    self._printed.seek(0, os.SEEK_END)
                    self._printed.write(os.read(self._user, _PIECE_BYTES))
                    self._printed.flush()
                elif ready:
                    os.write(self._user, os.read(keys[0], _PIECE_BYTES))
            if not ready or self._has_no_view():
                return

    def _has_no_view(self) -> bool:
        return self._view is None or self._view.poll() is not None

    def _show(self) -> None:
        """Print what has not been printed on the real terminal."""
        with contextlib.suppress(OSError):
            while piece := os.pread(self._printed.fileno(), _PIECE_BYTES, self._shown_bytes):
                self._shown_bytes += os.write(self._real[1], piece)

    def _put_in_order(self) -> None:
        """The view has just ended: input is a line at a time again, and shown once."""
        if self._view is None:
            return
        if self._view.returncode:
            with contextlib.suppress(OSError, termios.error):
                os.write(self._real[1], _RESTORE)
                termios.tcsetattr(self._real[1], termios.TCSADRAIN, self._attributes)
        self._view = None
        attributes: list[Any] = termios.tcgetattr(self._program)
        attributes[_ECHOES] &= ~termios.ECHO
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self._program, termios.TCSANOW, attributes)


def _is_terminal(stream: int) -> bool:
    try:
        return os.isatty(stream)
    except OSError:
        return False
