"""Where the collector is, and how a fresh trace file is opened for it."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from gilscope.errors import GilscopeError

DEFAULT_SAMPLE_HZ = 1000.0
LOWEST_DESCRIPTOR = 10  # 0 to 2 may be closed in a program, and are to stay so


def collector_path() -> str:
    """The executable that drains the recorder's shared memory, installed beside this package."""
    path = Path(__file__).resolve().parent.parent / "gilscope-collector"
    if not os.access(path, os.X_OK):
        raise GilscopeError(
            f"{path} is missing or may not be executed",
            "install gilscope again in this environment",
        )
    return str(path)


def open_trace(path: Path, *, overwrite: bool) -> int:
    """Create the trace file, for its owner only, and return its descriptor.

    It holds command lines and the names of files. No link leads it elsewhere: it must not be there.

    Raises:
        FileExistsError: it is there already and `overwrite` is false.
        OSError: it cannot be written.
    """
    if overwrite and path.is_file():
        # A new file, not the old one emptied: somebody may be reading that one.
        path.unlink()
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    low = os.open(path, flags, 0o600)
    try:
        return fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE)) from error
    finally:
        os.close(low)
