"""Explores one program with interleave_test.explore.

Task `exhaust`: depth first without a bound on preemptions; with the same strategy object again
after each failure, as explore() returns at one. Tasks for the first bug: `random` (its default),
`pct`, `dfs-2`. Always: granularity="opcode"; the threads are made in a region that is atomic to the
tool (no_interleave), and the function that makes them is not traced, so that only the workers
interleave.
"""

from __future__ import annotations

import inspect
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import interleave_test
import program

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP_S = 0.2
UNBOUNDED = program.NO_LIMIT
NOT_MODELLED = ("ThreadPoolExecutor(", "Timer(", "Task(")  # as its documentation says
OWN = str(Path(__file__).resolve().parent)


def limited(base: Any, limit_s: float, *arguments: Any) -> Any:
    """A strategy that has nothing more to try once the time is over."""

    class Limited(base):  # type: ignore[misc]
        until_s = time.perf_counter() + limit_s + 0.05  # after main() has seen it

        def more(self) -> Any:
            return super().more() if time.perf_counter() < self.until_s else False

    return Limited(*arguments)


def strategy_of(task: str, limit_s: float) -> Any:
    if task == "random":
        return limited(interleave_test.RandomStrategy, limit_s)
    if task == "pct":
        return limited(interleave_test.PCTStrategy, limit_s)
    bound = 2 if task == "dfs-2" else UNBOUNDED
    return limited(interleave_test.DFSStrategy, limit_s, bound)


def model_of(build: Callable[[], Any]) -> Callable[[], None]:
    def model() -> None:
        with interleave_test.no_interleave():
            workers, check = build()
            tasks = [interleave_test.spawn(worker) for worker in workers]
        for task in tasks:
            task.join()
        check()

    return model


def explore(model: Callable[[], object], strategy: Any, seed: int) -> Any:
    return interleave_test.explore(
        model,
        iterations=program.NO_LIMIT,
        seed=seed,
        strategy=strategy,
        timeout=program.RUN_S,
        exclude=[OWN],
        raise_on_failure=False,
    )


def main() -> None:
    given = program.from_arguments()
    if any(name in inspect.getsource(given.test) for name in NOT_MODELLED):
        program.cannot("it does not model pools, nor subclasses of Thread from outside the run")
    explore(model_of(program.warm_up), strategy_of("random", WARM_UP_S), given.seed)
    model = given.test if given.build is None else model_of(given.build)
    executions = failing = 0
    kinds = set()
    started_s = time.perf_counter()
    strategy = strategy_of(given.task, given.limit_s)
    while True:
        result = explore(model, strategy, given.seed)
        executions += result.schedules_run
        if result.failure is not None:
            failing += 1
            kinds.add(result.failure.kind)
        over = strategy.exhausted or time.perf_counter() - started_s >= given.limit_s
        if over or (failing and given.task != program.EXHAUST):
            break
    program.tell(
        executions=executions,
        seconds=time.perf_counter() - started_s,
        ended=strategy.exhausted,
        found=failing > 0,
        failing=failing,
        notes=sorted(kinds),
    )


if __name__ == "__main__":
    main()
