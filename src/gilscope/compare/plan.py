"""Which strategies run, with how many workers, in which Python."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.compare.model import SERIAL
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gilscope.pythons.description import Python

STRATEGIES = (
    SERIAL,
    "threads",
    "asyncio",
    "processes-fork",
    "processes-forkserver",
    "processes-spawn",
    "loky",
    "interpreters",
    "free-threaded",
    "dask",
    "ray",
)
# Their schedulers are busy even when idle: they are measured beside serial, after all others.
CLUSTERS = ("dask", "ray")


@dataclass(frozen=True, slots=True)
class Contender:
    """A row that will be measured. `group` says which rows are measured in turn with each other."""

    strategy: str
    workers: int
    python: Python
    is_default: bool = True
    group: str = ""
    address: str = ""

    @property
    def module(self) -> str:
        """What the host calls it: free-threading is threads in another Python."""
        return "threads" if self.strategy == "free-threaded" else self.strategy

    @property
    def is_reference(self) -> bool:
        """Whether its results are those that all others are compared with."""
        return self.strategy == SERIAL and self.is_default

    @property
    def label(self) -> str:
        where = "" if self.is_default else f" ({self.python.tag})"
        workers = "" if self.strategy == SERIAL else f" x{self.workers}"
        return f"{self.strategy}{workers}{where}"


def contenders(
    python: Python,
    others: Sequence[Python],
    workers: Sequence[int],
    only: Sequence[str],
    addresses: dict[str, str],
) -> list[Contender]:
    """All rows to measure; the first is serial, which everything is compared with."""
    unknown = set(only) - set(STRATEGIES)
    if unknown:
        raise GilscopeError(
            f"no such strategy: {', '.join(sorted(unknown))}",
            f"there are: {', '.join(STRATEGIES)}",
        )
    chosen = [name for name in STRATEGIES if name == SERIAL or not only or name in only]
    rows = []
    for name in chosen:
        if name == "free-threaded":
            continue  # needs a Python of its own: below
        group = name if name in CLUSTERS else ""
        address = addresses.get(name, "")
        counts = [1] if name == SERIAL else [0] if address else workers
        rows += [Contender(name, count, python, group=group, address=address) for count in counts]
    for other in others:
        rows += _in_other(other, workers, chosen)
    return rows


def _in_other(python: Python, workers: Sequence[int], chosen: Sequence[str]) -> list[Contender]:
    rows = [Contender(SERIAL, 1, python, is_default=False)]
    threads = "free-threaded" if python.free_threaded else "threads"
    for name in (threads, "interpreters"):
        if name not in chosen or (name == "interpreters" and not python.has_interpreters):
            continue
        rows += [Contender(name, count, python, is_default=False) for count in workers]
    return rows if len(rows) > 1 else []


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_counts(cores: int) -> list[int]:
    """1, 2, 4 … and the number of cores itself."""
    counts = []
    count = 1
    while count < cores:
        counts.append(count)
        count *= 2
    return [*counts, cores]
