"""One program of tests/programs/explored for a driver: what to run, and where to tell the outcome.

A driver's command line: MODULE TEST TASK LIMIT_S SEED. The modules are found on PYTHONPATH.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

EXHAUST = "exhaust"  # all interleavings, whether they fail or not; every other task: the first bug
RUN_S = 5.0  # a single execution that takes longer is taken for hung: frontrun's default
NO_LIMIT = 10**9


@dataclass(frozen=True, slots=True)
class Program:
    """`build` returns (workers, check); None for a program that starts its threads itself."""

    test: Callable[[], object]
    build: Callable[[], tuple[list[Callable[[], object]], Callable[[], object]]] | None
    task: str
    limit_s: float
    seed: int


def from_arguments() -> Program:
    module_name, test_name, task, limit_s, seed = sys.argv[1:]
    module = importlib.import_module(module_name)
    build = getattr(module, test_name.removeprefix("test_"), None)
    return Program(getattr(module, test_name), build, task, float(limit_s), int(seed))


def warm_up() -> tuple[list[Callable[[], object]], Callable[[], object]]:
    """A small program that each tool explores once before it is timed."""
    count = [0]
    lock = threading.Lock()

    def add() -> None:
        with lock:
            count[0] += 1

    def check() -> None:
        assert count == [2]

    return [add, add], check


def run_threads() -> None:
    workers, check = warm_up()
    threads = [threading.Thread(target=worker) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check()


def tell(*, executions: int, seconds: float, ended: bool, found: bool, **more: Any) -> NoReturn:
    """`ended`: the search had nothing left to try. `found`: an execution failed."""
    _write(executions=executions, seconds=seconds, ended=ended, found=found, **more)


def cannot(reason: str) -> NoReturn:
    """The tool is not made for such a program."""
    _write(cannot=reason)


def _write(**outcome: Any) -> NoReturn:
    """And end here: a tool may have left threads behind that never do."""
    Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(outcome))
    sys.stdout.flush()
    os._exit(0)
