"""Reads the memory of another process, which may change meanwhile."""

from __future__ import annotations

import contextlib
import os
import struct
from types import TracebackType
from typing import Self


class Memory:
    """Of one process, as long as the `with` block lasts.

    Raises:
        OSError: it cannot be read: no permission, no such address, or the process has ended.
    """

    def __init__(self, pid: int) -> None:
        self._descriptor = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def read(self, address: int, count: int) -> bytes:
        content = os.pread(self._descriptor, count, address)
        if len(content) != count:
            raise OSError("the process has ended")
        return content

    def word(self, address: int) -> int:
        """Eight bytes as a number."""
        (value,) = struct.unpack("<Q", self.read(address, 8))
        return int(value)

    def int_at(self, address: int) -> int:
        """Four bytes as a number that may be negative."""
        (value,) = struct.unpack("<i", self.read(address, 4))
        return int(value)
