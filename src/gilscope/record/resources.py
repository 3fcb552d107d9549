"""What a recording is made of before it begins: the trace file, and shared memory for a process."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from gilscope.errors import GilscopeError
from gilscope.record.quiet import close_quietly

DEFAULT_SAMPLE_HZ = 1000.0
LOWEST_DESCRIPTOR = 10  # 0 to 2 may be closed in a program, and are to stay so


PACKAGE = Path(__file__).resolve().parent.parent
READ_HERE = "record where the program runs on Linux; its trace can be read here"


def check_recorder() -> None:
    """Say it where nothing can be recorded because of the system, or of what is installed.

    Raises:
        GilscopeError: this is not Linux, or a package without what is written in C.
    """
    if sys.platform != "linux":
        raise GilscopeError(f"recording is for Linux, and this is {sys.platform}", READ_HERE)
    if not (PACKAGE / "gilscope-collector").exists() and not any(PACKAGE.glob("_recorder*.so")):
        raise GilscopeError(
            "this gilscope was installed without its recorder: it reads traces only",
            "install one that is built for this Python: pip install --force-reinstall"
            " --no-binary gilscope gilscope",
        )


def collector_path() -> str:
    """The executable that drains the recorder's shared memory, installed beside this package."""
    check_recorder()
    path = PACKAGE / "gilscope-collector"
    if not os.access(path, os.X_OK):
        raise GilscopeError(
            f"{path} is missing or may not be executed",
            "install gilscope again in this environment",
        )
    return str(path)


class Arena:
    """The memory that the recorder inside one process shares with the collector."""

    def __init__(self, sample_hz: float, max_size_bytes: int) -> None:
        try:
            from gilscope import _recorder

            self.descriptor = _recorder.create_arena(sample_hz, max_size_bytes)
        except ImportError as error:
            raise GilscopeError(f"the recorder cannot be loaded: {error}") from error
        except OSError as error:
            raise GilscopeError(f"cannot make shared memory: {error.strerror}") from error

    def variable(self) -> str:
        """What tells a process that inherits the descriptor that it is to record itself here."""
        from gilscope import _recorder

        return _recorder.variable(self.descriptor)

    def beat(self) -> int:
        """A number that changes while the collector gets on with its work."""
        from gilscope import _recorder

        return _recorder.collector_beat(self.descriptor)

    def close(self) -> None:
        close_quietly(self.descriptor)


class TraceFile:
    """The file that the collector writes, open, for its owner only.

    It holds command lines and the names of files. No link leads it elsewhere: it must not be there.

    Raises:
        FileExistsError: it is there already and `overwrite` is false.
        GilscopeError: it cannot be written.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self.path = path
        try:
            if overwrite and path.is_file():
                # A new file, not the old one emptied: somebody may be reading that one.
                path.unlink()
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            low = os.open(path, flags, 0o600)
        except FileExistsError:
            raise
        except OSError as error:
            raise GilscopeError(f"cannot write {path}: {error.strerror}") from error
        self.descriptor = low
        try:
            import fcntl  # which Windows lacks, where this module is imported, too

            self.descriptor = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
        except OSError as error:
            self._remove()
            # EINVAL: the limit of descriptors is below the lowest that was asked for.
            reason = os.strerror(errno.EMFILE if error.errno == errno.EINVAL else error.errno or 0)
            raise GilscopeError(f"cannot write {path}: {reason}") from error
        finally:
            close_quietly(low)

    def is_empty(self) -> bool:
        try:
            return os.fstat(self.descriptor).st_size == 0
        except OSError:
            return False

    def close(self) -> None:
        close_quietly(self.descriptor)

    def discard(self) -> None:
        """Close it, and remove it: nothing was recorded."""
        self._remove()
        self.close()

    def _remove(self) -> None:
        """Unless another file has taken its place."""
        try:
            if os.path.samestat(os.fstat(self.descriptor), self.path.lstat()):
                self.path.unlink()
        except OSError:
            pass  # it is gone, or its folder is; or it stays behind, empty


@contextlib.contextmanager
def resources(
    path: Path, *, overwrite: bool, sample_hz: float, max_size_bytes: int
) -> Iterator[tuple[TraceFile, Arena]]:
    """The trace file and the memory of a recording, which the caller closes.

    If the block raises, both are closed, and the file is gone.

    Raises:
        FileExistsError: it is there already and `overwrite` is false.
        GilscopeError: one of them cannot be made.
    """
    with contextlib.ExitStack() as on_failure:
        trace = TraceFile(path, overwrite=overwrite)
        on_failure.callback(trace.discard)
        arena = Arena(sample_hz, max_size_bytes)
        on_failure.callback(arena.close)
        yield trace, arena
        on_failure.pop_all()
