"""What the recorder for one version of Python says about where a request to it is put."""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from gilscope.record.attach.elf import Elf, NotElfError

SECTION = ".gilscope_request"
PUBLISHED = ".gilscope_offsets"
_MAGIC = 0x3154534555514547


@dataclass(frozen=True, slots=True)
class Layout:
    """The numbers of native/recorder/request_layout.c, in its order: bytes, from the beginning of
    the runtime, of an interpreter or of a thread, as the first word of a name says.
    """

    magic: int
    arena_magic: int
    version: int
    free_threaded: int
    runtime_main: int
    runtime_finalizing: int
    interpreter_threads: int
    thread_next: int
    thread_native_id: int
    breaker: int
    breaker_bit: int
    pending_lock: int
    lock_is_byte: int
    pending_count: int
    pending_calls: int
    call_bytes: int
    calls: int
    pending_first: int
    pending_next: int
    main_thread_only: int
    interpreter_main_thread: int
    has_debugger: int
    debugger_flag: int
    debugger_path: int
    debugger_path_bytes: int
    debugger_allowed: int

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Of a recorder's file; None if that is no recorder, or an older one."""
        try:
            content = Elf(path.read_bytes()).content_of(SECTION)
        except (OSError, NotElfError):
            return None
        if len(content) != 8 * len(fields(cls)):
            return None
        layout = cls(*struct.unpack(f"<{len(fields(cls))}Q", content))
        return layout if layout.magic == _MAGIC else None

    @staticmethod
    def published(path: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What the runtime begins with in the Python that this was built for, as 64-bit numbers,
        and the indexes of those that may differ; nothing where nothing is published (before 3.13).
        """
        content = Elf(path.read_bytes()).content_of(PUBLISHED)
        numbers = struct.unpack(f"<{len(content) // 8}Q", content)
        return numbers[2:], numbers[:2]

    @property
    def python(self) -> str:
        """The version, such as `3.13.0` or `3.14.8t`."""
        return shown(self.version, free_threaded=bool(self.free_threaded))


def shown(version: int, *, free_threaded: bool) -> str:
    """A version, as PY_VERSION_HEX has it, in words."""
    text = f"{version >> 24}.{version >> 16 & 255}.{version >> 8 & 255}"
    level, serial = version >> 4 & 15, version & 15
    if level != 15:
        text += f"{ {10: 'a', 11: 'b', 12: 'rc'}.get(level, '?') }{serial}"
    return text + "t" * free_threaded
