"""Run a script as if it had been started itself, from within a process that hosts a tool."""

from __future__ import annotations

import json
import os
import runpy
import sys
import time


def host() -> float:
    """Run the script named on the command line, in this process; return how long it took."""
    del sys.argv[0]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))  # noqa: PTH100, PTH120 - light
    start = time.perf_counter()
    runpy.run_path(sys.argv[0], run_name="__main__")
    return time.perf_counter() - start


def tell(**facts: object) -> None:
    """Hand what the tool has measured to the benchmark that asks for it."""
    if path := os.environ.get("BENCH_TOOL_RESULT"):
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - light
            json.dump(facts, file)
