"""All processes that descend from one, whoever started them: their CPU time, memory and end.

An environment variable marks them. Every descendant inherits it, even one that was started by a
server (forkserver, Ray) or has lost its parent. Other interpreters import this file, so it needs
nothing but the standard library of Python 3.11.

Where there is no /proc (macOS, Windows) the others are not known: `KNOWS_OTHERS` says so. Nobody's
memory is known there, nor the CPU time of others; and of what is left over only the group of the
process is ended, by whoever started it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

try:
    from resource import RUSAGE_CHILDREN, getrusage
except ImportError:  # Windows
    HAS_USAGE = False
else:
    HAS_USAGE = True

VARIABLE = "GILSCOPE_FAMILY"
PROC = Path("/proc")
KNOWS_OTHERS = (PROC / "self" / "environ").exists()


def members(token: str) -> list[int]:
    """Process ids of the families whose tokens begin like this, without the caller's."""
    if not KNOWS_OTHERS:
        return []
    needle = f"{VARIABLE}={token}".encode()
    found = []
    for entry in os.listdir(PROC):  # noqa: PTH208 - a fifth of the time of Path.iterdir
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            environment = (PROC / entry / "environ").read_bytes()
        except OSError:
            continue  # gone, or somebody else's
        if needle in environment:
            found.append(int(entry))
    return found


def others_cpu_ns(token: str) -> int:
    """CPU time of the caller's ended children and of all living members but the caller."""
    if not HAS_USAGE:
        return 0
    ended = getrusage(RUSAGE_CHILDREN)
    total = round((ended.ru_utime + ended.ru_stime) * 1e9)
    for pid in members(token):
        try:
            # The kernel's number for the CPU clock of a process: clock_getcpuclockid(3).
            total += time.clock_gettime_ns((~pid << 3) | 2)
        except OSError:
            continue
    return total


def threads_cpu_ns() -> dict[int, int]:
    """CPU time of each living thread of the caller."""
    if not KNOWS_OTHERS:
        return {}
    found = {}
    for entry in os.listdir(PROC / "self" / "task"):  # noqa: PTH208 - see members
        with contextlib.suppress(OSError):  # a thread that has just ended
            # Likewise for a thread's clock.
            found[int(entry)] = time.clock_gettime_ns((~int(entry) << 3) | 6)
    return found


def memory_bytes(pids: list[int]) -> int:
    """Sum of proportional set sizes: a page that several share is counted once altogether."""
    total = 0
    for pid in pids:
        try:
            text = (PROC / str(pid) / "smaps_rollup").read_bytes()
        except OSError:
            continue
        _, _, rest = text.partition(b"\nPss:")
        if rest:
            total += int(rest.split(None, 1)[0]) * 1024
    return total


def end(token: str, patience_s: float = 2.0) -> int:
    """Kill every member but the caller; the number of those that were there.

    Trackers of shared resources (multiprocessing's, loky's) clean up once all others have gone,
    and then end by themselves: they are given time before they are killed, too.
    """
    seen: set[int] = set()
    deadline_s = time.monotonic() + patience_s
    while True:
        left = members(token)
        seen |= set(left)
        late = time.monotonic() > deadline_s
        targets = [pid for pid in left if late or not _is_tracker(pid)]
        for pid in targets:
            _kill(pid)
        if not left:
            return len(seen)
        time.sleep(0.01)
        if time.monotonic() > deadline_s + patience_s:
            return len(seen)  # the kernel is not done with them: stuck in a system call


def _is_tracker(pid: int) -> bool:
    try:
        return b"resource_tracker" in (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return False


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
