"""How much of the cores other programs took while something was measured; runs in any Python."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

STAT = Path("/proc/stat")
IDLE, IOWAIT = 4, 5  # fields of `cpu0  user nice system idle iowait …`


class Watch:
    """`with` it around what is measured, as often as that is; `cpu_ns` says what we used so far."""

    def __init__(self, cpu_ns: Callable[[], int] = time.process_time_ns) -> None:
        self._cpu_ns = cpu_ns
        self._cores = cores()
        self._watched_s = self._others_s = 0.0
        self._known = idle_s(self._cores) is not None

    def __enter__(self) -> None:
        self._own_ns = self._cpu_ns()
        self._idle_s = idle_s(self._cores) or 0.0
        self._start_s = time.monotonic()

    def __exit__(self, *_: object) -> None:
        elapsed_s = time.monotonic() - self._start_s
        idle = (idle_s(self._cores) or 0.0) - self._idle_s
        own_s = (self._cpu_ns() - self._own_ns) / 1e9
        self._watched_s += elapsed_s
        self._others_s += len(self._cores) * elapsed_s - idle - own_s

    def data(self) -> dict[str, Any]:
        """`others_cores` is how many cores others kept busy, on average; None if nobody knows."""
        others = None
        if self._known and self._watched_s > 0:
            # The kernel counts in hundredths of a second: a little less than nothing is nothing.
            others = min(len(self._cores), max(0.0, self._others_s / self._watched_s))
        return {"cores": len(self._cores), "watched_s": self._watched_s, "others_cores": others}


def cores() -> list[int]:
    """The numbers of the cores that this process may use, as far as the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def idle_s(cores: list[int]) -> float | None:
    """How long these cores had nothing to do since the machine started; None if it is not said."""
    try:
        lines = STAT.read_text("ascii").splitlines()
        fields = {words[0]: words for words in map(str.split, lines) if words}
        ticks = [int(fields[f"cpu{core}"][at]) for core in cores for at in (IDLE, IOWAIT)]
    except (OSError, ValueError, KeyError, IndexError):
        return None
    busy = any(int(each) for core in cores for each in fields[f"cpu{core}"][1:IDLE])
    return sum(ticks) / os.sysconf("SC_CLK_TCK") if busy else None
