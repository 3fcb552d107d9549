"""One strategy with its workers: start them, run batches, say what each took."""

from __future__ import annotations

import contextlib
import os
import pickle
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import fitness, strategies
from .inputs import inputs
from .results import PROTOCOL, Reference, pickled_bytes
from .travel import by_value, seal
from .work import PACKED, Introduction, Work, look_up, nothing, nothing_async

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.pythons.shipped import gilscope_family as family
else:  # where this runs there need not be a gilscope; the family's folder is on the path
    import gilscope_family as family

Reply = dict[str, Any]
LEAST_BUSY = 0.1  # of the wall time; what computes less than this mostly waits
ARRIVAL_S = 10.0  # for all workers to say that they are there


class Missing(Exception):  # noqa: N818 - not an error: a library that is not installed
    """What a strategy needs is not installed here; `add` is how to get it."""

    def __init__(self, reason: str, add: str) -> None:
        super().__init__(reason)
        self.add = add


class Host:
    """`request` of `start`: strategy, workers, address, reference, token, folder; source, name,
    setup of Work; sealed: whether arguments must travel with their code.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._strategy: strategies.Strategy | None = None
        self._inputs: list[tuple[Any, ...]] = []

    def start(self, request: Reply) -> Reply:
        self._token: str = request["token"]
        folder = Path(request["folder"])
        self._reference = Reference(folder / "results")
        self._makes_reference: bool = request["reference"]
        self._load(request, folder)  # here first: that is the program's start, not the strategy's
        module = strategies.module(request["strategy"])
        started_ns = time.perf_counter_ns()
        try:
            self._strategy = module.open_(request["workers"], request)
        except ModuleNotFoundError as error:
            raise Missing(str(error), module.ADD) from error
        if request["address"]:
            arrived = module.size(self._strategy)
        else:
            arrived = self._introduce(request["workers"])
        startup_ns = time.perf_counter_ns() - started_ns
        self._pickles = module.PICKLES
        self._function, self._nothing = self._functions(request["strategy"])
        if self._pickles and request["sealed"] and not request["address"]:
            self._inputs = [seal(each) for each in self._inputs]
        if request["address"]:
            self._function = by_value(self._work.function())
            self._nothing = by_value(nothing)
        return {
            "startup_ns": startup_ns,
            "arrived": arrived,
            "coroutine": self._work.is_coroutine,
            "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        }

    def _load(self, request: Reply, folder: Path) -> None:
        packed = folder / PACKED
        self._work = Work(request["source"], request["name"], request["setup"], str(packed))
        if self._makes_reference and self._work.setup and self._work.name:
            self._pack(packed)
        self._inputs = inputs(folder, self._work, makes_reference=self._makes_reference)
        fitness.check_function(self._work.unchanged())
        if self._work.name and not packed.exists():
            fitness.check_receiver(look_up(self._work), self._work.name, self._inputs)

    def _pack(self, packed: Path) -> None:
        """Let all workers have the method's instance that was made here: it may be random."""
        packed.unlink(missing_ok=True)
        found = look_up(self._work)
        if found.from_setup:
            with contextlib.suppress(Exception):  # each worker makes its own
                packed.write_bytes(pickle.dumps(found.function, PROTOCOL))

    def _functions(self, strategy: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
        if self._pickles:
            return self._work, nothing
        if strategy == "asyncio" and self._work.is_coroutine:
            return self._work.unchanged(), nothing_async
        return self._work.function(), nothing

    def _introduce(self, workers: int) -> int:
        """Wait until every worker has loaded the work; how many there are."""
        seen: set[str] = set()
        deadline_s = time.monotonic() + ARRIVAL_S
        while len(seen) < workers and time.monotonic() < deadline_s:
            seen |= set(self._map(Introduction(self._work), [()] * workers))
        return len(seen)

    def check(self, _request: Reply) -> Reply:
        """Run one batch untimed, so that memory can be watched; compare or keep its results."""
        results = self._map(self._function, self._inputs)
        reply: Reply = {"bytes_in": 0, "bytes_out": 0}
        if self._makes_reference:
            fitness.check_results(self._work.unchanged(), results)
            reply["cached"] = fitness.cached(self._work.unchanged())
            reply["returned_exception"] = fitness.returned_exception(results)
        if self._pickles:
            reply["bytes_in"] = pickled_bytes([(self._function, each) for each in self._inputs])
            reply["bytes_out"] = pickled_bytes(results)
        if self._makes_reference:
            reply["incomparable"] = self._reference.write(
                results, self._map(self._function, self._inputs)
            )
        self._check(results)
        return reply

    def batch(self, request: Reply) -> Reply:
        """Time `loops` batches; per batch, in nanoseconds. The results are checked afterwards."""
        loops: int = request["loops"]
        function, batch = self._function, self._inputs
        results: list[Any] = []
        threads_ns = family.threads_cpu_ns()
        others_ns = family.others_cpu_ns(self._token)
        own_ns = time.process_time_ns()  # last, and first below: looking at others takes CPU time
        start_ns = time.perf_counter_ns()
        for _ in range(loops):
            results = self._map(function, batch)
        wall_ns = time.perf_counter_ns() - start_ns
        own_ns = time.process_time_ns() - own_ns
        cpu_ns = own_ns + family.others_cpu_ns(self._token) - others_ns
        spread = _spread(threads_ns, family.threads_cpu_ns(), wall_ns)
        self._check(results)
        return {"wall_ns": wall_ns / loops, "cpu_ns": cpu_ns / loops, "spread": spread}

    def _check(self, results: list[Any]) -> None:
        if not self._makes_reference:
            self._reference.check(results)

    def idle(self, request: Reply) -> Reply:
        """Time `loops` batches of tasks that do nothing: what the strategy itself costs."""
        loops: int = request["loops"]
        start_ns = time.perf_counter_ns()
        for _ in range(loops):
            self._map(self._nothing, self._inputs)
        return {"wall_ns": (time.perf_counter_ns() - start_ns) / loops}

    def record(self, request: Reply) -> Reply:
        """Run one batch under gilscope, where this Python has it."""
        try:
            import gilscope  # noqa: PLC0415 - other Pythons may not have it
        except ModuleNotFoundError as error:
            raise Missing(str(error), "install gilscope for this Python") from error
        with gilscope.record(request["trace"]):
            self._map(self._function, self._inputs)
        return {}

    def close(self, _request: Reply) -> Reply:
        if self._strategy is not None:
            self._strategy.close()
        return {}

    def _map(self, function: Callable[..., Any], inputs: list[tuple[Any, ...]]) -> list[Any]:
        assert self._strategy is not None
        results = self._strategy.map(function, inputs)
        if os.getpid() != self._pid:  # the function forked, and this is the child coming home
            os._exit(0)
        return results


def _spread(before_ns: dict[int, int], after_ns: dict[int, int], wall_ns: int) -> float:
    """Over how many threads the CPU time is spread: as many as each with what the busiest had.

    Unlike the number of busy cores it is the same while other programs want the cores, too.
    """
    spent_ns = [now_ns - before_ns.get(thread, 0) for thread, now_ns in after_ns.items()]
    if sum(spent_ns) < LEAST_BUSY * wall_ns:
        return 1.0
    return sum(spent_ns) / max(spent_ns)
