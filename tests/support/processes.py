"""What /proc says of processes, and waiting until it says so."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 60


def _fields(pid: int | str) -> tuple[str, list[str]]:
    text = Path(f"/proc/{pid}/stat").read_text()
    name, _, rest = text.partition("(")[2].rpartition(")")
    return name, rest.split()


def state_of(pid: int) -> str:
    """As in /proc/PID/stat; empty if it has ended, whether or not somebody has taken note."""
    try:
        state = _fields(pid)[1][0]
    except OSError:
        return ""
    return "" if state in "ZX" else state


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def wait_for_state(pid: int, state: str) -> None:
    wait_until(lambda: state_of(pid) == state)


def collectors_of(launcher: int, *, required: bool = True) -> list[int]:
    """The collectors that are children of a launcher."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                name, fields = _fields(entry)
            except OSError:
                continue
            if int(fields[1]) == launcher and name.startswith("gilscope"):
                found.append(int(entry))
    assert found or not required, "no collector"
    return found


def with_file_open(folder: str) -> list[int]:
    """Collectors that have a file of this folder open."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if not _fields(entry)[0].startswith("gilscope"):
                continue
            links = [str(link.readlink()) for link in Path(f"/proc/{entry}/fd").iterdir()]
        except OSError:
            continue
        if any(link.startswith(folder) for link in links):
            found.append(int(entry))
    return found


def left_of(folder: Path) -> list[int]:
    """Processes that were started for a test in this folder: as its runner lets them know."""
    mark = f"\0READY={folder}/".encode()
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            environment = b"\0" + Path(f"/proc/{entry}/environ").read_bytes()
        except OSError:
            continue
        if mark in environment:
            found.append(int(entry))
    return found
