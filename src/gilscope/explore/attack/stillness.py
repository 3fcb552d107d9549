"""Whether a process stands still, and whether it can ever go on: as the kernel sees its threads."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import NamedTuple

# The number of the system call that all of CPython's locks block in, and what it asks for there.
FUTEX = {"x86_64": 202, "aarch64": 98}.get(platform.machine())
FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_PRIVATE = 0, 9, 128
COMMAND = 0x7F
SLEEPING = "S"
LAST_LOOKS = 10  # at threads that are about to end
LOOK_EVERY_S = 0.5e-3


class Task(NamedTuple):
    """A thread of another process. The kernel counts each time that it was woken."""

    state: str
    switches: int


def tasks(pid: int) -> dict[int, Task]:
    """All threads of a process, by number; none if it has ended."""
    found = {}
    try:
        for folder in Path(f"/proc/{pid}/task").iterdir():
            fields = dict(
                line.split(":\t", 1) for line in (folder / "status").read_text().splitlines()
            )
            found[int(folder.name)] = Task(
                fields["State"][0], int(fields["voluntary_ctxt_switches"])
            )
    except (OSError, ValueError, KeyError):
        return {}
    return found


def is_alone() -> bool:
    """Whether this thread is the only one of its process, perhaps in a moment."""
    for _ in range(LAST_LOOKS):
        if len(tasks(os.getpid())) == 1:
            return True
        time.sleep(LOOK_EVERY_S)
    return False


def all_sleep(now: dict[int, Task]) -> bool:
    return bool(now) and all(each.state == SLEEPING for each in now.values())


def waits_for_ever(pid: int, task: int) -> bool:
    """Whether a thread waits for a lock of its own process, and without a timeout."""
    try:
        number, *values = Path(f"/proc/{pid}/task/{task}/syscall").read_text().split()
        arguments = [int(each, 16) for each in values]
        operation, timeout = arguments[1], arguments[3]
        return (
            int(number) == FUTEX
            and bool(operation & FUTEX_PRIVATE)
            and operation & COMMAND in (FUTEX_WAIT, FUTEX_WAIT_BITSET)
            and timeout == 0
        )
    except (OSError, ValueError, IndexError):
        return False  # not to be seen here, or running
