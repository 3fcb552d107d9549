"""Show what explore.py measured: ratios over all programs, a row per program, every single run."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from gilscope.compare.estimates import CONFIDENCE, estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from environments import Environment
    from explore import Results, Series

    from support.corpus import Case

    Run = dict[str, Any]
    Ratio = Callable[[Run, Run], float | None]  # of another tool's run and gilscope's beside it

OURS = "gilscope"
MANY = 20  # executions
LEGEND = f"""\
A ratio is another tool's figure divided by gilscope's in the same round, but for "executions per
second", which is gilscope's divided by the other's: above 1, gilscope is ahead. First the median
program (of a program, its median round) and the quartiles of the programs; then the median round
(of a round, its median program) with its {CONFIDENCE:.0%} confidence interval: the noise of the
machine. Under six rounds that is the extremes.

Only programs count on which both tools came to the right end: both found the bug; both ended, and
had found the bug if there is one. A program without a bug that a tool "exhausted" in one execution,
while gilscope saw threads meet, is left out: there the tool saw less, and did not do the same work.
gilscope's executions include those before it knew all places that are shared; "the last search" is
the one that went to its end."""
CELLS = """\
`5, 3 ms`: executions and time; `> 400`: not ended within the limit, after so many executions;
`missed`: ended without having found the bug; `alarm`: found a bug where there is none;
`cannot`: the tool is not made for such programs; `hung`: did not come back; `gave up`: says that it
is inconclusive. Times of searches for a bug are until the failing execution; `prove` is
gilscope.explore(search="exhaust") as a whole, with all that it does besides the search."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A ratio in one kind of task, over programs with or without a bug (None: both)."""

    label: str
    tasks: tuple[str, str]  # of gilscope, of the other tool
    ratio: Ratio
    broken: bool | None
    right_only: bool = True


def _executions(other: Run, ours: Run) -> float:
    return other["executions"] / ours["executions"]


def _last_executions(other: Run, ours: Run) -> float:
    return other["executions"] / ours["last_search"]


def _seconds(other: Run, ours: Run) -> float:
    return other["seconds"] / ours["seconds"]


def _whole(other: Run, ours: Run) -> float:
    return other["seconds"] / ours["whole_seconds"]


def _rate(other: Run, ours: Run) -> float | None:
    if not other["executions"]:
        return None
    return _seconds(other, ours) / _executions(other, ours)


def _rate_of_many(other: Run, ours: Run) -> float | None:
    """Where starting and ending an exploration weighs little."""
    if min(other["executions"], ours["executions"]) < MANY:
        return None
    return _rate(other, ours)


BUG = ("bug", "bug")
EXHAUST = ("exhaust", "exhaust")
METRICS = (
    Metric("executions to the first bug", BUG, _executions, broken=True),
    Metric("time to the first bug", BUG, _seconds, broken=True),
    Metric("time to the first bug, ours shrunk and explained", BUG, _whole, broken=True),
    Metric("executions to exhaustion, broken programs", EXHAUST, _executions, broken=True),
    Metric("the same, by the last search", EXHAUST, _last_executions, broken=True),
    Metric("time to exhaustion, broken programs", EXHAUST, _seconds, broken=True),
    Metric("executions to exhaustion, fixed programs", EXHAUST, _executions, broken=False),
    Metric("the same, by the last search", EXHAUST, _last_executions, broken=False),
    Metric("time to exhaustion, fixed programs", EXHAUST, _seconds, broken=False),
    Metric("time to a proof", ("prove", "exhaust"), _whole, broken=False),
    Metric("executions per second", EXHAUST, _rate, broken=None, right_only=False),
    Metric(f"the same, {MANY} and more", EXHAUST, _rate_of_many, broken=None, right_only=False),
)


def name_of(case: Case) -> str:
    return f"{case.module}::{case.test}"


def report(results: Results, cases: list[Case], environment: Environment, limit_s: float) -> str:
    others = list(dict.fromkeys(tool for _, _, tool in results if tool != OURS))
    versions = (f"{name.partition('==')[0]} {each}" for name, each in environment.versions.items())
    measured = (f"Python {environment.python_version}", *versions, f"{os.cpu_count()} CPUs")
    parts = [
        f"{', '.join(measured)}; limit {limit_s:g} s a run",
        LEGEND,
        "\n".join(_successes(results, cases)),
        *("\n".join(_summary(results, cases, other)) for other in others),
        CELLS,
        "\n".join(_programs(results, cases)),
    ]
    return "\n\n".join(part for part in parts if part)


# --- whether a run came to its right end ---------------------------------------------------------


def is_right(run: Run, task: str, *, broken: bool) -> bool:
    if "cannot" in run or run["found"] != broken:
        return False
    return run["ended"] or task not in ("exhaust", "prove")


def _does_the_same(run: Run, ours: Run) -> bool:
    """Not if one execution was all for a tool where gilscope had several to try."""
    return run["executions"] > 1 or ours.get("last_search", ours["executions"]) == 1


# --- the ratios ----------------------------------------------------------------------------------


def _ratios(
    results: Results, cases: list[Case], metric: Metric, other: str
) -> dict[str, dict[int, float]]:
    """By program, by round."""
    found: dict[str, dict[int, float]] = {}
    for case in cases:
        broken = case.verdict == "found"
        if metric.broken not in (None, broken):
            continue
        ours = results.get((name_of(case), metric.tasks[0], OURS))
        theirs = results.get((name_of(case), metric.tasks[1], other))
        if ours is None or theirs is None:
            continue
        for number in ours.runs.keys() & theirs.runs.keys():
            run, own = theirs.runs[number], ours.runs[number]
            if _comparable(run, own, metric, broken=broken):
                value = metric.ratio(run, own)
                if value is not None:
                    found.setdefault(name_of(case), {})[number] = value
    return found


def _comparable(run: Run, ours: Run, metric: Metric, *, broken: bool) -> bool:
    if not metric.right_only:
        return "cannot" not in run
    right = is_right(run, metric.tasks[1], broken=broken)
    right = right and is_right(ours, metric.tasks[0], broken=broken)
    return right and (broken or _does_the_same(run, ours))


def _summary(results: Results, cases: list[Case], other: str) -> Iterator[str]:
    yield f"| {other} against gilscope | programs | median program | quartiles | median round |"
    yield "|---|---:|---:|---:|---:|"
    for metric in METRICS:
        ratios = _ratios(results, cases, metric, other)
        if not ratios:
            yield f"| {metric.label} | 0 | | | |"
            continue
        values = [median(by_round.values()) for by_round in ratios.values()]
        low, _, high = quantiles(values, n=4, method="inclusive") if values[1:] else values * 3
        rounds = sorted({number for by_round in ratios.values() for number in by_round})
        by_round = [
            median(ratio[number] for ratio in ratios.values() if number in ratio)
            for number in rounds
        ]
        yield (
            f"| {metric.label} | {len(values)} | {median(values):.2f} "
            f"| {low:.2f} to {high:.2f} | {estimate(by_round)} |"
        )


def _successes(results: Results, cases: list[Case]) -> Iterator[str]:
    """On how many programs each tool came to its right end, in all its rounds."""
    tasks = dict.fromkeys((task, tool) for _, task, tool in results)
    yield "| task | tool | bugs found | exhausted, bug found | exhausted, no false alarm |"
    yield "|---|---|---:|---:|---:|"
    for task, tool in sorted(tasks):
        counts = {}
        for broken in (True, False):
            wanted = [case for case in cases if (case.verdict == "found") is broken]
            right = sum(
                _is_right_always(results.get((name_of(case), task, tool)), task, broken=broken)
                for case in wanted
            )
            counts[broken] = f"{right} of {len(wanted)}"
        cells = {"exhaust": ["", counts[True], counts[False]], "prove": ["", "", counts[False]]}
        yield f"| {task} | {tool} | {' | '.join(cells.get(task, [counts[True], '', '']))} |"


def _is_right_always(series: Series | None, task: str, *, broken: bool) -> bool:
    if series is None or series.failures or not series.runs:
        return False
    return all(is_right(run, task, broken=broken) for run in series.runs.values())


# --- a row per program ---------------------------------------------------------------------------


def _programs(results: Results, cases: list[Case]) -> Iterator[str]:
    order = {"bug": 0, "exhaust": 1, "prove": 2}
    columns = sorted(
        dict.fromkeys((task, tool) for _, task, tool in results),
        key=lambda column: (order.get(column[0], 0), column),
    )
    yield f"| program | {' | '.join(f'{task}: {tool}' for task, tool in columns)} |"
    yield "|---" + "|---:" * len(columns) + "|"
    for case in cases:
        broken = case.verdict == "found"
        cells = (
            _cell(results.get((name_of(case), task, tool)), task, broken=broken)
            for task, tool in columns
        )
        yield f"| {case.module} {case.test.removeprefix('test_')} | {' | '.join(cells)} |"


def _cell(series: Series | None, task: str, *, broken: bool) -> str:
    if series is None or not (series.runs or series.failures):
        return ""
    if series.failures:
        return "hung" if series.failures[0].startswith("hung") else "failed"
    runs = list(series.runs.values())
    if "cannot" in runs[0]:
        return "cannot"
    right = [run for run in runs if is_right(run, task, broken=broken)]
    if right:
        executions = median(run["executions"] for run in right)
        milliseconds = median(run["seconds"] for run in right) * 1e3
        missing = "" if len(right) == len(runs) else f" ({len(right)} of {len(runs)} runs)"
        return f"{executions:g}, {milliseconds:.3g} ms{missing}"
    return _wrong(runs[-1], broken=broken)


def _wrong(run: Run, *, broken: bool) -> str:
    if run["found"] and not broken:
        return "alarm"
    if any("inconclusive" in note for note in run.get("notes", [])):
        return "gave up"
    if run["ended"]:
        return f"missed ({run['executions']})"
    return f"> {run['executions']}"


# --- for machines --------------------------------------------------------------------------------


def as_json(
    results: Results, cases: list[Case], environment: Environment, limit_s: float, rounds: int
) -> dict[str, object]:
    """Every run, in seconds, as the drivers told it; and the ratios, by program and round."""
    others = dict.fromkeys(tool for _, _, tool in results if tool != OURS)
    return {
        "rounds": rounds,
        "limit_s": limit_s,
        "cpus": os.cpu_count(),
        "python": environment.python_version,
        "versions": environment.versions,
        "missing": environment.missing,
        "ratios": [
            {"metric": metric.label, "tool": other, "of": _ratios(results, cases, metric, other)}
            for metric in METRICS
            for other in others
        ],
        "results": [
            {"program": program, "task": task, "tool": tool, **asdict(series)}
            for (program, task, tool), series in results.items()
        ],
    }
