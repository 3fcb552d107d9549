"""Run one workload under one tool; alternate tools so that a machine's moods touch all alike."""

from __future__ import annotations

import json
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from contestants import NONE, TOOLS, WORKLOADS, Tool, Workload, tools_for
from process import RunError, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from environments import Environment

UNTRACED = TOOLS[0]
Metrics = dict[
    str, float
]  # seconds: what the workload told, `process` (wall) and `cpu` (all of it)


@dataclass(slots=True)
class Series:
    """One tool on one workload: its runs, and for each the mean of the untraced runs around it."""

    runs: list[Metrics] = field(default_factory=list)
    untraced: list[Metrics] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def ratios(self, metric: str) -> list[float]:
        pairs = zip(self.runs, self.untraced, strict=True)
        return [run[metric] / untraced[metric] for run, untraced in pairs if untraced[metric]]


Results = dict[tuple[str, str, str], Series]  # by interpreter, workload, tool


def execute(tool: Tool, environment: Environment, program: list[str]) -> Metrics:
    """One run in a fresh process. Raises RunError."""
    with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as name:
        scratch = Path(name)
        result = scratch / "result.json"
        # profiling.sampling does not put the script's own folder on sys.path.
        variables = {"BENCH_RESULT": str(result), "PYTHONPATH": str(WORKLOADS)}
        ended = run(tool.wrap(environment.venv / "bin", program, scratch), scratch, variables)
        if not result.is_file():
            raise RunError(f"did not run the program: {(ended.output or ['(silent)'])[-1][:160]}")
        told: Metrics = json.loads(result.read_text())
    return {**told, "process": ended.process_s, "cpu": ended.cpu_s}


def alternate(
    environments: list[Environment],
    workloads: list[Workload],
    names: set[str],
    rounds: int,
    tell: Callable[[str], None],
) -> Results:
    """`rounds` times: every workload on every interpreter, in random order; see `_one_round`."""
    results: Results = {}
    cells = [(environment, workload) for environment in environments for workload in workloads]
    for number in range(rounds):
        for position, (environment, workload) in enumerate(random.sample(cells, len(cells))):
            tell(f"round {number + 1}/{rounds}, {position + 1}/{len(cells)}: {workload.name}")
            tools = [
                tool
                for tool in tools_for(environment.tag, environments[0].tag)
                if (tool.name in names or tool.name == NONE)
                and number % tool.every == 0
                and tool.package not in environment.missing
            ]
            _one_round(environment, workload, random.sample(tools, len(tools)), results)
    return results


def _one_round(
    environment: Environment, workload: Workload, tools: list[Tool], results: Results
) -> None:
    """Each tool's run stands between two runs without a tool, and is compared with their mean."""
    program = workload.command(environment.python)
    before: Metrics | None = None
    for tool in tools:
        series = results.setdefault((environment.tag, workload.name, tool.name), Series())
        try:
            before = before or execute(UNTRACED, environment, program)
            observed = execute(tool, environment, program)
            after = execute(UNTRACED, environment, program)
        except RunError as error:
            series.failures.append(str(error))
            continue
        series.runs.append(observed)
        series.untraced.append({name: fmean((before[name], after[name])) for name in before})
        before = after
