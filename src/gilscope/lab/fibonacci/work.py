"""The tasks that are timed: a module of their own, so that other interpreters find them."""

from __future__ import annotations

import hashlib
import time

MOMENT = 13  # a Fibonacci number that takes a small part of a millisecond
BUFFER = bytes(1 << 22)  # hashing so much at once takes milliseconds, without the GIL


def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def pause(milliseconds: int) -> None:
    """Stands for whatever a program waits for: a server's answer, a disk."""
    time.sleep(milliseconds / 1000)


def digest(times: int) -> str:
    summed = hashlib.sha256()
    for _ in range(times):
        summed.update(BUFFER)
    return summed.hexdigest()


def compute_until(asked: tuple[int, int, int]) -> list[float]:
    """Compute from one moment to another; return which share of each cell of it had a core.

    Moments are in ns, of a clock that all processes share. The thread's own CPU clock tells.
    """
    start_ns, end_ns, cells = asked
    time.sleep(max(0, start_ns - time.perf_counter_ns()) / 1e9)
    if time.perf_counter_ns() >= end_ns:
        return []  # another worker took this one's task, too
    cell_ns = (end_ns - start_ns) / cells
    shares = [0.0] * cells
    then_ns, then_cpu_ns = time.perf_counter_ns(), time.thread_time_ns()
    while then_ns < end_ns:
        fibonacci(MOMENT)
        now_ns, cpu_ns = time.perf_counter_ns(), time.thread_time_ns()
        had_core = min(1.0, (cpu_ns - then_cpu_ns) / max(1, now_ns - then_ns))
        _spread(shares, (then_ns - start_ns) / cell_ns, (now_ns - start_ns) / cell_ns, had_core)
        then_ns, then_cpu_ns = now_ns, cpu_ns
    return shares


def _spread(shares: list[float], start: float, end: float, share: float) -> None:
    """Add a stretch to the cells that it lies in; `start` and `end` are in cells."""
    for cell in range(int(start), min(len(shares), int(end) + 1)):
        shares[cell] += share * (min(end, cell + 1) - max(start, cell))
