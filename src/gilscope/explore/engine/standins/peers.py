"""Whether somebody outside of the process can make a file ready.

Time passes for a thread that waits only if nobody can still let it go on. For a pipe or a socket
whose other end is the program's own, that is known; for all else it is not. Nobody else is taken to
connect to where a test listens. Only functions in C are called: this runs within an execution.
"""

from __future__ import annotations

import _socket
import fcntl
import os
import re
import struct
from stat import S_ISDIR, S_ISFIFO, S_ISREG, S_ISSOCK
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

DESCRIPTORS = "/proc/self/fd"
DETAILS = "/proc/self/fdinfo"
POLLED = re.compile(rb"^tfd: *(\d+)", re.MULTILINE)
MOST_DETAILS = 1 << 16  # bytes
CREDENTIALS = struct.Struct("3i")  # struct ucred: process, user, group
OWN_KINDS = {"anon_inode:[eventfd]"}
EPOLL = "anon_inode:[eventpoll]"


def is_outside(file: Any) -> bool:
    """Of a descriptor, or what has one. One that is closed returns at once."""
    try:
        return _is_outside(file if isinstance(file, int) else file.fileno())
    except (OSError, ValueError, AttributeError):
        return False


def is_any_outside(files: Iterable[Any]) -> bool:
    return any(is_outside(each) for each in files)


def is_any_socket_outside() -> bool:
    """Of all that the process has, where nobody can say which are waited for: by `poll`."""
    return any(is_outside(each) for each in _descriptors() if not S_ISFIFO(_mode(each)))


def _is_outside(descriptor: int) -> bool:
    status = os.fstat(descriptor)
    if S_ISREG(status.st_mode) or S_ISDIR(status.st_mode):
        return False
    if S_ISFIFO(status.st_mode):
        return not _has_other_end(descriptor, status.st_ino)
    if S_ISSOCK(status.st_mode):
        return _is_peer_outside(descriptor)
    kind = os.readlink(f"{DESCRIPTORS}/{descriptor}")  # noqa: PTH115 # Path is Python code
    if kind == EPOLL:
        return is_any_outside(_polled_by(descriptor))
    return kind not in OWN_KINDS and not os.isatty(descriptor) and kind != os.devnull


def _descriptors() -> list[int]:
    return [each for each in map(int, os.listdir(DESCRIPTORS)) if _mode(each)]  # noqa: PTH208 # as above


def _mode(descriptor: int) -> int:
    """0 for one that is closed, as that by which the folder was read."""
    try:
        return os.fstat(descriptor).st_mode
    except OSError:
        return 0


def _has_other_end(descriptor: int, inode: int) -> bool:
    access = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
    if access == os.O_RDWR:
        return True
    return any(
        os.fstat(each).st_ino == inode and fcntl.fcntl(each, fcntl.F_GETFL) & os.O_ACCMODE != access
        for each in _descriptors()
        if S_ISFIFO(_mode(each))
    )


def _polled_by(epoll: int) -> list[int]:
    details = os.open(f"{DETAILS}/{epoll}", os.O_RDONLY)
    try:
        return [int(each) for each in POLLED.findall(os.read(details, MOST_DETAILS))]
    finally:
        os.close(details)


def _is_peer_outside(descriptor: int) -> bool:
    socket = _socket.socket(fileno=descriptor)
    try:
        if socket.family == _socket.AF_UNIX:
            packed = socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, CREDENTIALS.size)
            return CREDENTIALS.unpack(packed)[0] not in (0, os.getpid())
        peer = _peer_of(socket)
        return peer is not None and peer not in _addresses()
    finally:
        socket.detach()


def _peer_of(socket: Any) -> object:
    """None of one that listens, or was never connected."""
    try:
        return socket.getpeername()
    except OSError:
        return None


def _addresses() -> set[object]:
    """Of all sockets of the process; one that listens has those that wait for it to accept."""
    found: set[object] = set()
    for each in _descriptors():
        if S_ISSOCK(_mode(each)):
            socket = _socket.socket(fileno=each)
            try:
                found.add(socket.getsockname())
            except OSError:
                pass
            finally:
                socket.detach()
    return found
