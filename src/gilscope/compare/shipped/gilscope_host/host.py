"""One strategy with its workers: start them, run batches, say what each took."""

from __future__ import annotations

import os
import pickle
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import strategies
from .results import Reference, pickled_bytes
from .travel import by_value
from .work import Introduction, Work, nothing, nothing_async

if TYPE_CHECKING:
    from collections.abc import Callable

    from gilscope.pythons.shipped import gilscope_family as family
else:  # where this runs there need not be a gilscope; the family's folder is on the path
    import gilscope_family as family

Reply = dict[str, Any]
ARRIVAL_S = 10.0  # for all workers to say that they are there


class Missing(Exception):  # noqa: N818 - not an error: a library that is not installed
    """What a strategy needs is not installed here; `add` is how to get it."""

    def __init__(self, reason: str, add: str) -> None:
        super().__init__(reason)
        self.add = add


class Host:
    """`request` of `start`: strategy, workers, source, name, folder, address, token, reference."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._strategy: strategies.Strategy | None = None

    def start(self, request: Reply) -> Reply:
        self._token: str = request["token"]
        folder = Path(request["folder"])
        self._inputs: list[tuple[Any, ...]] = pickle.loads((folder / "inputs").read_bytes())  # noqa: S301
        self._reference = Reference(folder / "results")
        self._makes_reference: bool = request["reference"]
        self._work = Work(request["source"], request["name"])
        self._work.unchanged()  # loaded here first: that is the program's start, not the strategy's
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
        if request["address"]:
            self._function = by_value(self._work.function())
            self._nothing = by_value(nothing)
        return {
            "startup_ns": startup_ns,
            "arrived": arrived,
            "coroutine": self._work.is_coroutine,
            "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        }

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
        function, inputs = self._function, self._inputs
        results: list[Any] = []
        cpu_ns = family.cpu_ns(self._token)
        start_ns = time.perf_counter_ns()
        for _ in range(loops):
            results = self._map(function, inputs)
        wall_ns = time.perf_counter_ns() - start_ns
        cpu_ns = family.cpu_ns(self._token) - cpu_ns
        self._check(results)
        return {"wall_ns": wall_ns / loops, "cpu_ns": cpu_ns / loops}

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
