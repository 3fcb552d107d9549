"""Read bytes of a trace file without ever trusting its size: short reads are normal here."""

from __future__ import annotations

import os
import stat
import threading
import weakref
from typing import TYPE_CHECKING

import numpy as np

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

# A gigabyte at most per system call: Linux transfers at most 2 GiB - 4 KiB at once.
_PIECE_BYTES = 1 << 30


class Source:
    """An open trace file, as large as it was when it was opened.

    Reading with pread, not through a mapping, keeps a file that shrinks meanwhile from
    killing the reader with SIGBUS.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = threading.Lock()
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise GilscopeError(
                    f"{path} is not a file", "name a trace that gilscope recorded (*.gil)"
                )
            flags = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
            self.descriptor = os.open(path, os.O_RDONLY | flags)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise GilscopeError(
                f"cannot read {path}: {reason}", "check the name: gilscope report FILE"
            ) from error
        self._close = weakref.finalize(self, os.close, self.descriptor)
        self.size = status.st_size
        self.modified_ns = status.st_mtime_ns

    def close(self) -> None:
        self._close()

    def read(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes: fewer where the file ends or the disk fails."""
        count = max(0, min(count, self.size - offset))
        pieces = bytearray()
        while len(pieces) < count:
            piece = self._piece(min(count - len(pieces), _PIECE_BYTES), offset + len(pieces))
            if not piece:
                break
            if len(piece) == count:
                return piece
            pieces += piece
        return bytes(pieces)

    def read_rows(self, offset: int, out: npt.NDArray[np.void]) -> int:
        """Fill `out` from the file; return how many whole rows there were."""
        view = out.view(np.uint8).reshape(-1).data
        done = 0
        while done < len(view):
            count = self._fill(view[done : done + _PIECE_BYTES], offset + done)
            if count == 0:
                break
            done += count
        return done // out.dtype.itemsize

    def _piece(self, count: int, offset: int) -> bytes:
        """As much as the system gives at once; nothing where the file ends or the disk fails."""
        try:
            if hasattr(os, "pread"):
                return os.pread(self.descriptor, count, offset)
            with self._place:  # Windows: the place in the file is shared by all threads
                os.lseek(self.descriptor, offset, os.SEEK_SET)
                return os.read(self.descriptor, count)
        except OSError:
            return b""

    def _fill(self, view: memoryview, offset: int) -> int:
        """The same, without a copy where the system can."""
        if not hasattr(os, "preadv"):
            piece = self._piece(len(view), offset)
            view[: len(piece)] = piece
            return len(piece)
        try:
            return os.preadv(self.descriptor, [view], offset)
        except OSError:
            return 0
