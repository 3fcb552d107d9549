"""What a recording made in a notebook is told about it: its cells, and the kernel's own threads.

As keys of META (native/shared/format.h): `cell`, the one that was recorded, as "cell 3"; `cells`,
by the file that the code of each has: what it is called, and its text; `kernel_threads`, the tids
of the threads with which a kernel serves its notebook.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import sys
import threading
from pathlib import Path
from typing import Any

from gilscope.cells import current_cells, interactive_shell, serves_notebook

MOST_TEXT_BYTES = 256 << 10  # of all cells: the newest are kept
_HEADER = struct.Struct("<IHHIIQQQ")  # struct chunk_header of native/shared/format.h
_CHUNK_MAGIC, _CHUNK_META = 0x4B4E4843, 1


def add_notes(path: Path, most_bytes: int, recorded: str) -> None:
    """Add to a trace that is complete what only this process knows; nothing outside of IPython.

    `recorded` is the cell that was; `most_bytes` the size that must not be exceeded, 0: no limit.

    Raises:
        OSError: the file cannot be written.
    """
    if interactive_shell() is None:
        return
    facts: dict[str, Any] = {"cell": recorded}
    if "ipykernel" in sys.modules:
        facts["kernel_threads"] = kernel_threads()
    for cells in (_cells(), {}):
        payload = json.dumps({**facts, "cells": cells}).encode()
        if _append(path, payload, most_bytes):
            return


def kernel_threads() -> list[int]:
    """Give the kernel's ids of the threads that serve the notebook."""
    return [
        each.native_id
        for each in threading.enumerate()
        if each is not threading.main_thread()
        and each is not threading.current_thread()
        and each.native_id is not None
        and serves_notebook(each)
    ]


def _cells() -> dict[str, list[str]]:
    """Each file of a cell, with the cell's name and its text."""
    kept: dict[str, list[str]] = {}
    room = MOST_TEXT_BYTES
    for file, (name, text) in reversed(current_cells().items()):
        room -= len(file) + len(name) + len(text)
        if room < 0:
            break
        kept[file] = [name, text]
    return kept


def _append(path: Path, payload: bytes, most_bytes: int) -> bool:
    """Write a chunk at the end of the file; whether there was room for it."""
    payload += b" " * (-len(payload) % 8)
    with path.open("r+b") as file:
        # As all who write into a trace do: room is taken under this lock.
        fcntl.lockf(file, fcntl.LOCK_EX, 1)
        end = file.seek(0, os.SEEK_END)
        padding = -end % 8
        size = _HEADER.size + len(payload)
        if most_bytes and end + padding + size > most_bytes:
            return False
        head = _HEADER.pack(
            _CHUNK_MAGIC, _CHUNK_META, 0, _HEADER.size, 0, len(payload), len(payload), 0
        )
        file.write(bytes(padding) + head + payload)
    return True
