"""Where gilscope and the process meet: a socket through which that gets its shared memory."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from gilscope.errors import GilscopeError
from gilscope.record.attach.layout import Layout
from gilscope.record.attach.place import Place, give, owner_of
from gilscope.record.attach.target import Target

_DOOR_BYTES = 256
_BEGUN = "began"
_CREDENTIALS = struct.Struct("iII")
_ANSWER_S = 10.0  # to begin: a collector has to be met


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a process needs to record itself: shared memory, or a door through which it joins those
    that have begun. With both, the processes that it forks join there.
    """

    arena: int | None
    door: str


class Meeting:
    """A socket in the folder, whose name the script knows."""

    def __init__(self, target: Target, place: Place, layout: Layout) -> None:
        self._target, self._folder, self._layout = target, place.here, layout
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        path = place.here / "door"
        try:
            self._socket.bind(str(path))
            give(path, owner_of(target.pid))
            self._socket.listen(8)
        except OSError as error:
            self._socket.close()
            raise GilscopeError(f"cannot listen at {path}: {error.strerror}") from error

    def close(self) -> None:
        self._socket.close()

    def begins(self, timeout_s: float, invitation: Invitation) -> bool:
        """Whether the process has come, within this time, and has begun.

        Raises:
            GilscopeError: it has come, and cannot be recorded.
        """
        if problem := self._answer():
            raise GilscopeError(f"process {self._target.pid} cannot be recorded: {problem}")
        ready, _, _ = select.select([self._socket], [], [], timeout_s)
        if not ready:
            return False
        peer, _ = self._socket.accept()
        with peer:
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
            if _CREDENTIALS.unpack(credentials)[0] != self._target.pid:
                return False
            return self._lets_in(peer, invitation)

    def _lets_in(self, peer: socket.socket, invitation: Invitation) -> bool:
        magic, door = self._layout.arena_magic, invitation.door.encode()
        greeting = struct.pack(f"<Q{_DOOR_BYTES}s", magic, door)
        descriptors = [] if invitation.arena is None else [invitation.arena]
        peer.settimeout(_ANSWER_S)
        word = ""
        with contextlib.suppress(OSError):
            socket.send_fds(peer, [greeting], descriptors)
            word = peer.recv(1000).decode(errors="replace")
        if word != _BEGUN:
            why = word or "it has ended, or does not answer"
            raise GilscopeError(f"process {self._target.pid} cannot be recorded: {why}")
        return True

    def _answer(self) -> str:
        """What the script has said, if it did not come as far as the socket."""
        path: Path = self._folder / "answer"
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                return file.read(2000).decode(errors="replace")
        return ""
