"""Show what was measured: for people, one table per workload; for machines, every single run."""

from __future__ import annotations

import os
from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING

from contestants import NONE, tools_for

from gilscope.compare.estimates import CONFIDENCE, estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from contestants import Tool, Workload
    from environments import Environment
    from measure import Metrics, Results, Series

HEADINGS = {"work": "work", "busy": "CPU of the work", "call": "one blocking call"}
LEGEND = f"""\
Times without a tool are 1. A figure is the median of paired ratios, and in brackets its
{CONFIDENCE:.0%} confidence interval (under six runs: the extremes). "no tool, again" is the noise:
where its interval is wide, small differences between tools mean nothing.

work               what the program itself measured, without its start and end
CPU of the work    CPU time of the program's process meanwhile; other programs disturb it less
one blocking call  on the pipe, CPU time in the fastest short batch; in the convoy, the mean
start and end      how much longer all the rest of the run took
all CPU            more CPU time of the program and of all processes of the tool, start to end"""


def show(results: Results, environments: list[Environment], workloads: list[Workload]) -> str:
    parts = [LEGEND]
    for workload in workloads:
        for environment in environments:
            tools = tools_for(environment.tag, environments[0].tag)
            parts.append("\n".join(_table(results, environment, workload, tools)))
    return "\n\n".join(parts)


def _table(
    results: Results, environment: Environment, workload: Workload, tools: tuple[Tool, ...]
) -> Iterator[str]:
    baseline = results[environment.tag, workload.name, NONE]
    columns = [name for name in HEADINGS if not baseline.runs or name in baseline.runs[0]]
    yield f"{workload.label} · Python {environment.python_version} · {_scale(baseline)}"
    titles = "".join(f"{HEADINGS[name]:22}" for name in columns)
    yield f"  {'':32}{titles}start and end      all CPU  runs"
    for tool in tools:
        series = results.get((environment.tag, workload.name, tool.name))
        if reason := environment.missing.get(tool.package):
            yield f"  {tool.label:32}cannot be installed: {reason}"
        elif series is not None:
            yield f"  {tool.label:32}{_row(series, columns)}"


def _scale(untraced: Series) -> str:
    """How long it takes without a tool."""
    if not untraced.runs:
        return "no tool: never ended"
    text = f"{median(run['work'] for run in untraced.untraced):.2f} s of work without a tool"
    if "call" in untraced.runs[0]:
        text += f", {median(run['call'] for run in untraced.untraced) * 1e6:.2f} µs a call"
    return text


def _row(series: Series, columns: list[str]) -> str:
    failed = (
        f"failed {len(series.failures)} times: {series.failures[-1]}" if series.failures else ""
    )
    if not series.runs:
        return failed
    cells = "".join(f"{estimate(series.ratios(name))!s:22}" for name in columns)
    rest_s = _more(series, lambda run: run["process"] - run["work"])
    cpu_s = _more(series, lambda run: run["cpu"])
    absolute = f"{rest_s * 1e3:+10.0f} ms{cpu_s * 1e3:+10.0f} ms"
    return f"{cells}{absolute}{len(series.runs):6}  {failed}".rstrip()


def _more(series: Series, part: Callable[[Metrics], float]) -> float:
    """The median of what a run takes more than the untraced ones around it."""
    pairs = zip(series.runs, series.untraced, strict=True)
    return median(part(run) - part(untraced) for run, untraced in pairs)


def as_json(results: Results, environments: list[Environment], rounds: int) -> dict[str, object]:
    """Every run, in seconds, and the estimates; keys as in `measure.Metrics`."""
    return {
        "rounds": rounds,
        "cpus": os.cpu_count(),
        "interpreters": [
            {
                "tag": environment.tag,
                "python": environment.python_version,
                "versions": environment.versions,
                "missing": environment.missing,
            }
            for environment in environments
        ],
        "results": [
            {
                "interpreter": tag,
                "workload": workload,
                "tool": tool,
                "ratios": {
                    name: asdict(estimate(series.ratios(name)))
                    for name in (series.runs[0] if series.runs else ())
                },
                **asdict(series),
            }
            for (tag, workload, tool), series in results.items()
        ],
    }
