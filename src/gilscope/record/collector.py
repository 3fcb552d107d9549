"""What a recording needs before it can begin: the collector, the trace file, the shared memory."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sys
from collections.abc import Iterator
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


def create_arena(sample_hz: float, max_size_bytes: int) -> int:
    """Make the memory that the recorder and the collector share; the result is its descriptor."""
    try:
        from gilscope import _recorder

        return _recorder.create_arena(sample_hz, max_size_bytes)
    except ImportError as error:
        raise GilscopeError(f"the recorder cannot be loaded: {error}") from error
    except OSError as error:
        raise GilscopeError(f"cannot make shared memory: {error.strerror}") from error


def open_trace(path: Path, *, overwrite: bool) -> int:
    """Create the trace file, for its owner only, and return its descriptor.

    It holds command lines and the names of files. No link leads it elsewhere: it must not be there.

    Raises:
        FileExistsError: it is there already and `overwrite` is false.
        GilscopeError: it cannot be written.
    """
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
    try:
        return fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR)
    except OSError as error:
        discard_trace(path, low)
        # EINVAL: the limit of descriptors is below the lowest that was asked for.
        reason = os.strerror(errno.EMFILE if error.errno == errno.EINVAL else error.errno or 0)
        raise GilscopeError(f"cannot write {path}: {reason}") from error
    finally:
        close_quietly(low)


@contextlib.contextmanager
def files(
    path: Path, *, overwrite: bool, sample_hz: float, max_size_bytes: int
) -> Iterator[tuple[int, int]]:
    """The descriptors of the trace and of the shared memory, which the caller closes.

    If the block raises, both are closed, and the trace is gone.

    Raises:
        FileExistsError: it is there already and `overwrite` is false.
        GilscopeError: one of them cannot be made.
    """
    with contextlib.ExitStack() as on_failure:
        trace_fd = open_trace(path, overwrite=overwrite)
        on_failure.callback(close_quietly, trace_fd)
        on_failure.callback(discard_trace, path, trace_fd)
        arena_fd = create_arena(sample_hz, max_size_bytes)
        on_failure.callback(close_quietly, arena_fd)
        yield trace_fd, arena_fd
        on_failure.pop_all()


def discard_trace(path: Path, trace_fd: int) -> None:
    """Remove the file that was made for a recording that did not begin, unless it is another's."""
    try:
        if os.path.samestat(os.fstat(trace_fd), path.lstat()):
            path.unlink()
    except OSError:
        pass  # it is gone, or its folder is; or it stays behind, empty


def close_quietly(descriptor: int) -> None:
    """Close it: whatever close() answers, Linux has done so."""
    with contextlib.suppress(OSError):
        os.close(descriptor)


def say(message: str) -> None:
    """What a user should know, in one line; the program's output is not touched."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            print(f"gilscope: {message}", file=sys.stderr, flush=True)
