"""What recording costs a program that starts processes, and how much trace dense programs make.

Each recorded run stands between two unrecorded ones and is compared with their mean, because a
shared machine's speed can change twofold within a minute. "again" is an unrecorded run that is
treated as if it were recorded, and shows the noise. Of the processes that are started, three times
are compared: of all of them, the lower quartile of one, and all CPU time, the program's with it.

  children.py                     with the Python that runs it, which must have gilscope and NumPy
  children.py --rounds 3 --python .venvs/3.15/bin/python
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from process import run

from gilscope.compare.estimates import estimate

WORKLOADS = Path(__file__).parent / "workloads"
STARTS = {"fork": 300, "spawn": 20}
DENSE = ("write", "rows", "pingpong")
DENSE_S = 2.0
MODES = {"again": None, "first alone": ["--no-children"], "all": []}


@dataclass(slots=True)
class Series:
    ratios: list[float] = field(default_factory=list)
    other_ratios: dict[str, list[float]] = field(default_factory=dict)  # "quartile" and "cpu"
    bytes_per_s: list[float] = field(default_factory=list)
    unrecorded_s: list[float] = field(default_factory=list)  # for one start, or one call


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--only", choices=[*STARTS, *DENSE], help="one of the programs")
    parser.add_argument("--python", default=sys.executable, help="runs the programs")
    args = parser.parse_args()
    chosen = {args.only} if args.only else {*STARTS, *DENSE}
    for kind, count in STARTS.items():
        if kind not in chosen:
            continue
        for mode in MODES:
            series = compare([args.python, "children.py", kind, str(count)], mode, args.rounds)
            each_ms = fmean(series.unrecorded_s) / count * 1e3
            a_second = 1e3 / each_ms / estimate(series.ratios).median
            text = f"{kind}, {mode}: {shown(series.ratios)} times {each_ms:.2f} ms a process"
            text += f", {a_second:.0f} a second (unrecorded: {1e3 / each_ms:.0f})"
            for what, ratios in series.other_ratios.items():
                text += f", {what} {shown(ratios)}"
            print(text, flush=True)
    for kind in filter(chosen.__contains__, DENSE):
        series = compare([args.python, "dense.py", kind, str(DENSE_S)], "all", args.rounds)
        rate = 1 / fmean(series.unrecorded_s)
        size = shown([each / 1e6 for each in series.bytes_per_s])
        text = f"{kind}: {shown(series.ratios)} times {1e9 / rate:.0f} ns a call, {size} MB/s"
        print(text, flush=True)


def compare(program: list[str], mode: str, rounds: int) -> Series:
    """Of a program that does so much, its time; of one that runs so long, the time of a call."""
    series = Series()
    before, _ = execute(program, None)
    for _ in range(rounds):
        observed, bytes_per_s = execute(program, MODES[mode])
        after, _ = execute(program, None)
        beside_s = fmean((time_of(before), time_of(after)))
        series.ratios.append(time_of(observed) / beside_s)
        for what in observed.keys() & {"quartile", "cpu"}:
            ratio = observed[what] / fmean((before[what], after[what]))
            series.other_ratios.setdefault(what, []).append(ratio)
        series.bytes_per_s.append(bytes_per_s)
        series.unrecorded_s.append(beside_s)
        before = after
    return series


def time_of(told: dict[str, float]) -> float:
    return told.get("call", told["work"])


def execute(program: list[str], options: list[str] | None) -> tuple[dict[str, float], float]:
    """What the program tells, and bytes of trace a second; not recorded without options."""
    with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as name:
        folder = Path(name)
        trace, result = folder / "t.gil", folder / "result.json"
        command = [program[0], str(WORKLOADS / program[1]), *program[2:]]
        if options is not None:
            launcher = [sys.executable, "-m", "gilscope", "run", "--no-report", "-o", str(trace)]
            command = [*launcher, *options, "--", *command]
        run(command, folder, {"BENCH_RESULT": str(result), "PYTHONPATH": str(WORKLOADS)})
        told: dict[str, float] = json.loads(result.read_text())
        size = trace.stat().st_size if options is not None else 0
    return told, size / told["work"]


def shown(values: list[float]) -> str:
    found = estimate(values)
    return f"{found.median:.2f} ({found.low:.2f} to {found.high:.2f})"


if __name__ == "__main__":
    main()
