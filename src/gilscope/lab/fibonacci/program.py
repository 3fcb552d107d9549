"""Times the same tasks one after the other, and in pools of threads, processes, interpreters.

It can also say when each worker of a pool had a core.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from concurrent import futures
from typing import TYPE_CHECKING, Any

from .work import compute_until, digest, fibonacci, pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.lab.kit.host import Bench

WARM_UP_MS = 80
AHEAD_NS = 30_000_000  # by when all workers have heard when to begin

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
    pool = stack.enter_context(_pool(strategy, workers))
    for _ in range(2):  # the second time, workers that were slow to start take part
        list(pool.map(pause, [WARM_UP_MS] * workers))
        list(pool.map(fibonacci, [10] * workers))
    return pool


def _pool(strategy: str, workers: int) -> Any:
    if strategy == "processes":
        # A fork beside the threads of other pools would be unsafe: a server of its own forks.
        context = multiprocessing.get_context("forkserver")
        return futures.ProcessPoolExecutor(workers, context)
    if strategy == "threads":
        return futures.ThreadPoolExecutor(workers)
    return futures.InterpreterPoolExecutor(workers)  # type: ignore[attr-defined] # from 3.14


def watched(asked: dict[str, Any], bench: Bench) -> list[list[float]]:
    """For each worker, which share of each cell of the time it had a core."""
    strategy, workers = asked["watch"], asked["workers"]
    bench.tell(0.0, f"watching {strategy}")
    with contextlib.ExitStack() as stack:
        pool = opened(strategy, workers, stack)
        with bench.watch:
            start_ns = time.perf_counter_ns() + AHEAD_NS
            end_ns = start_ns + round(asked["length_s"] * 1e9)
            return list(pool.map(compute_until, [(start_ns, end_ns, asked["cells"])] * workers))


def run(asked: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Watch workers, if that is asked for; else time cases."""
    return {"shares": watched(asked, bench)} if "watch" in asked else timed(asked, bench)


def timed(asked: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Time each case, (work, strategy, workers), in every round; the wall times by case."""
    tasks: int = asked["tasks"]
    bench.tell(0.0, "choosing how much work")
    sizes = {
        work: size or calibrated(work, tasks, asked["total_s"][work])
        for work, size in asked["sizes"].items()
    }
    cases = [tuple(case) for case in asked["cases"]]
    wall_ns: dict[tuple[str, str, int], list[int]] = {case: [] for case in cases}
    with contextlib.ExitStack() as stack:
        pools = {
            (strategy, workers): opened(strategy, workers, stack)
            for strategy, workers in dict.fromkeys((how, number) for _, how, number in cases)
        }
        steps = len(cases) * asked["rounds"]
        for step in range(steps):
            work, strategy, workers = case = cases[step % len(cases)]
            round_ = step // len(cases) + 1
            bench.tell(step / steps, f"{work}, {strategy}, round {round_} of {asked['rounds']}")
            pool, function, inputs = pools[strategy, workers], WORKS[work], [sizes[work]] * tasks
            with bench.watch:
                start_ns = time.perf_counter_ns()
                list(pool.map(function, inputs))
                wall_ns[case].append(time.perf_counter_ns() - start_ns)
    return {"sizes": sizes, "walls": [[*case, times_ns] for case, times_ns in wall_ns.items()]}
