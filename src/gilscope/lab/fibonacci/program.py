"""Times the same tasks one after the other, in threads, in processes and in sub-interpreters."""

from __future__ import annotations

import contextlib
import time
from concurrent import futures
from typing import TYPE_CHECKING, Any

from .work import digest, fibonacci, pause

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP_MS = 100

WORKS: dict[str, Callable[[int], object]] = {
    "fibonacci": fibonacci,
    "pause": pause,
    "digest": digest,
}


def calibrated(work: str, tasks: int, total_s: float) -> int:
    """The size with which all tasks, one after the other, take no longer than `total_s`."""
    size = 15 if work == "fibonacci" else 1
    while True:
        bigger, growth = (size + 1, 1.62) if work == "fibonacci" else (size * 2, 2.0)
        start_ns = time.perf_counter_ns()
        WORKS[work](size)
        if (time.perf_counter_ns() - start_ns) / 1e9 * tasks * growth > total_s:
            return size
        size = bigger


class Serial:
    def map(self, work: Callable[[int], object], sizes: list[int]) -> list[object]:
        return [work(size) for size in sizes]


def opened(strategy: str, workers: int, stack: contextlib.ExitStack) -> Any:
    """Where tasks run: begun, and warm."""
    if strategy == "serial":
        return Serial()
    kinds: dict[str, Any] = {
        "threads": futures.ThreadPoolExecutor,
        "processes": futures.ProcessPoolExecutor,
        "interpreters": getattr(futures, "InterpreterPoolExecutor", None),
    }
    pool = stack.enter_context(kinds[strategy](workers))
    for _ in range(2):  # the second time, workers that were slow to start take part
        list(pool.map(pause, [WARM_UP_MS] * workers))
        list(pool.map(fibonacci, [10] * workers))
    return pool


def run(asked: dict[str, Any], tell: Callable[[float, str], None]) -> dict[str, Any]:
    tasks: int = asked["tasks"]
    tell(0.0, "choosing how much work")
    sizes = {
        work: size or calibrated(work, tasks, asked["total_s"][work])
        for work, size in asked["sizes"].items()
    }
    cases = [tuple(case) for case in asked["cases"]]
    wall_ns: dict[str, list[int]] = {f"{work}/{strategy}": [] for work, strategy in cases}
    # Processes first: a fork beside the threads of another pool would be unsafe.
    strategies = sorted({strategy for _, strategy in cases}, key=lambda name: name != "processes")
    with contextlib.ExitStack() as stack:
        pools = {name: opened(name, tasks, stack) for name in strategies}
        steps = len(cases) * asked["rounds"]
        for step in range(steps):
            work, strategy = cases[step % len(cases)]
            round_ = step // len(cases) + 1
            tell(step / steps, f"{work}, {strategy}, round {round_} of {asked['rounds']}")
            start_ns = time.perf_counter_ns()
            list(pools[strategy].map(WORKS[work], [sizes[work]] * tasks))
            wall_ns[f"{work}/{strategy}"].append(time.perf_counter_ns() - start_ns)
    return {"sizes": sizes, "wall_ns": wall_ns}
