"""How much a thread waited for the GIL: what tools say, beside what the thread itself measured.

One thread makes long calls into C that keep the GIL (a regex, `sorted`, `json.dumps`), with pauses
between them; a heartbeat thread sleeps without the GIL, stamps its wake-up, and stamps again when
it has the GIL. The sum of those intervals is the truth, within some µs a beat. It is measured anew
in each run, so each tool is compared with the run that it observed. gilscope and gil_load report
the waiting of that thread; gilknocker the share of its own knocks on the GIL that had to wait.

  accuracy.py                          about five minutes
  accuracy.py --rounds 1 --seconds 1   a first impression
  accuracy.py --interpreters 3.15      gilscope only: the others are tried on the first interpreter
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median

import environments as venvs
from contestants import TOOLS, Tool
from process import RunError, run

ROOT = Path(__file__).resolve().parent.parent
HEARTBEAT = ROOT / "tests" / "programs" / "heartbeat.py"
BEAT = ROOT / "tests" / "programs" / "native" / "beat.c"
CALLS = ("regex", "sorted", "json")
DUTIES = (1.0, 0.5, 0.2)
CONTESTANTS = tuple(tool for tool in TOOLS if tool.name in {"gilscope", "gil_load", "gilknocker"})

Cell = tuple[str, float]  # kind of call, duty cycle
Readings = dict[tuple[Cell, str], list[tuple[float, float]]]  # by cell, tool: truth, claim


def main() -> None:
    args = _arguments()
    bases = venvs.bases()
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as name:
        library = Path(name) / "beat.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", str(BEAT), "-o", str(library)], check=True)
        program = [str(HEARTBEAT), str(library)]
        for number, tag in enumerate(args.interpreters):
            tools = CONTESTANTS if number == 0 else CONTESTANTS[:1]
            environment = venvs.prepare(tag, bases[tag], [t.package for t in tools if t.package])
            failures = dict(environment.missing)
            readings = _measure(environment, tools, program, args, failures)
            print("\n".join(_table(environment.python_version, readings, tools, failures)))
            if args.json:
                rows = [[*cell, tool, pairs] for (cell, tool), pairs in readings.items()]
                args.json.with_stem(f"{args.json.stem}-{tag}").write_text(json.dumps(rows) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="of each run")
    default = [f"{sys.version_info.major}.{sys.version_info.minor}"]
    parser.add_argument("--interpreters", nargs="+", default=default, metavar="TAG")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write FILE-TAG for each TAG")
    return parser.parse_args()


def _measure(
    environment: venvs.Environment,
    tools: tuple[Tool, ...],
    program: list[str],
    args: argparse.Namespace,
    failures: dict[str, str],
) -> Readings:
    readings: Readings = defaultdict(list)
    trials = [
        (kind, duty, tool)
        for kind, duty, tool in itertools.product(CALLS, DUTIES, tools)
        if tool.package not in environment.missing
    ]
    for _ in range(args.rounds):
        for kind, duty, tool in random.sample(trials, len(trials)):
            arguments = [kind, str(duty), str(args.seconds)]
            command = [str(environment.python), *program, *arguments]
            try:
                pair = _one_run(tool, environment, command)
            except RunError as error:
                failures[tool.name] = f"{kind} at {duty}: {error}"
            else:
                readings[(kind, duty), tool.name].append(pair)
    return readings


def _one_run(tool: Tool, environment: venvs.Environment, command: list[str]) -> tuple[float, float]:
    """The heartbeat's waiting as a share of wall time: as it measured it, as the tool says."""
    with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as name:
        scratch = Path(name)
        told = scratch / "told.json"
        wrapped = tool.wrap(environment.venv / "bin", command, scratch)
        ended = run(wrapped, scratch, {"BENCH_TOOL_RESULT": str(told)})
        truth: dict[str, float] = json.loads(
            next(line for line in reversed(ended.output) if line.startswith("{"))
        )
        claim: dict[str, float] = (
            {"waited_s": _recorded_wait_s(scratch / "gilscope.gil")}
            if tool.name == "gilscope"
            else json.loads(told.read_text())
        )
    wall_s = truth["wall_s"]
    share = claim["share"] if "share" in claim else claim["waited_s"] / wall_s
    return truth["waited_s"] / wall_s, share


def _recorded_wait_s(trace: Path) -> float:
    report = [sys.executable, "-m", "gilscope", "report", str(trace), "--json"]
    threads = json.loads(subprocess.check_output(report))["threads"]
    return sum(float(each["wait_s"]) for each in threads if each["name"] == "heartbeat")


def _table(
    python: str, readings: Readings, tools: tuple[Tool, ...], failures: dict[str, str]
) -> list[str]:
    lines = [
        f"The heartbeat's waiting, as a share of wall time · Python {python}",
        "Median reading, in brackets the largest error of a run.",
        f"{'':8}{'duty':>6}{'true':>8}" + "".join(f"{tool.name:>20}" for tool in tools),
    ]
    for cell in itertools.product(CALLS, DUTIES):
        rows = [readings.get((cell, tool.name), []) for tool in tools]
        truths = [truth for row in rows for truth, _ in row]
        if truths:
            cells = "".join(f"{_reading(row):>20}" for row in rows)
            lines.append(f"{cell[0]:8}{cell[1]:6.1f}{median(truths):8.3f}{cells}")
    return lines + [f"{name} failed: {reason}" for name, reason in failures.items()]


def _reading(row: list[tuple[float, float]]) -> str:
    if not row:
        return "-"
    worst = max((claim - truth for truth, claim in row), key=abs)
    return f"{median(claim for _, claim in row):.3f} ({worst:+.3f})"


if __name__ == "__main__":
    main()
