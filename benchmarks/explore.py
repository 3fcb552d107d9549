"""How soon a bug is found and how soon all interleavings are tried: gilscope explore beside others.

The programs are those of tests/programs/explored. Each run is one tool on one program in a process
of its own: it explores a small program first, then is timed; the start of Python and the import of
the tool are not counted, executions are those that the tool itself reports. Tools follow each other
on the same program in random order, and each is compared with gilscope's run beside it. What a tool
could not end within the limit, it is not asked again in later rounds. The drivers say how each tool
is called: explore_drivers/under_*.py. Ctrl-C ends it early, with what is known.

  explore.py                          all: a round is about an hour, as much runs into the limit
  explore.py --limit 3 --rounds 2     a first impression
  explore.py --programs lost_updates  one module of programs
  explore.py --bug all --tasks bug    each tool with each of its ways to look for a first bug

The tools are installed with pip into the venv build/benchmarks/bench-3.13. Nothing else should run.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import environments as venvs
from explore_tables import as_json, name_of, report
from process import RunError, run

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
DRIVERS = Path(__file__).resolve().parent / "explore_drivers"
sys.path.insert(0, str(ROOT / "tests"))

from support.corpus import CASES, FOLDER, Case  # noqa: E402 # of the tests' own list of programs

PYTHON = "3.13"
TASKS = ("bug", "exhaust")
GRACE_S = 30.0  # for the start, and for an execution that hangs until the tool sees it


@dataclass(frozen=True, slots=True)
class Tool:
    """`first_bug`: the tasks of its driver that look for one. The first is the best of the others'
    (it finds the most bugs of these programs: `--bug all`), and the default of gilscope.
    """

    name: str
    driver: str
    first_bug: tuple[str, ...]
    package: str = ""


TOOLS = (
    Tool("gilscope", "under_gilscope_explore.py", ("auto", "exhaust-first")),
    Tool(
        "frontrun",
        "under_frontrun.py",
        ("dpor-2", "dpor", "bit-reversal", "random"),
        "frontrun==0.7.0",
    ),
    Tool(
        "interleave-test",
        "under_interleave_test.py",
        ("pct", "random", "dfs-2"),
        "interleave-test==0.1.0",
    ),
)


@dataclass(slots=True)
class Series:
    """One tool on one program in one task: by round, what its driver told."""

    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def is_over(self, task: str) -> bool:
        """Whether another round would only take up time."""
        if self.failures:
            return True
        last = self.runs[max(self.runs)] if self.runs else {}
        return bool(last) and not last.get("found" if task not in ("exhaust", "prove") else "ended")


Results = dict[tuple[str, str, str], Series]  # by program, task, tool


def main() -> None:
    args = _arguments()
    cases = [case for case in CASES if not args.programs or case.module in args.programs]
    if not cases:
        raise SystemExit(f"no program of: {' '.join(args.programs)}")
    environment = _environment()
    results: Results = {}
    with suppress(KeyboardInterrupt):
        _measure(results, environment, cases, args)
    _progress("")
    text = report(results, cases, environment, args.limit)
    print(text)
    if args.markdown:
        args.markdown.write_text(text + "\n")
    if args.json:
        told = as_json(results, cases, environment, args.limit, args.rounds)
        args.json.write_text(json.dumps(told, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--limit", type=float, default=10.0, metavar="S", help="for each run")
    parser.add_argument("--programs", nargs="+", default=[], metavar="MODULE")
    parser.add_argument(
        "--tools", nargs="+", choices=[tool.name for tool in TOOLS], help="beside gilscope"
    )
    parser.add_argument(
        "--tasks", nargs="+", choices=("bug", "exhaust"), default=("bug", "exhaust")
    )
    parser.add_argument("--bug", choices=("best", "all"), default="best")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the report there, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single run there")
    args = parser.parse_args()
    if args.rounds < 1 or args.limit <= 0:
        parser.error("--rounds and --limit must be positive")
    return args


def _environment() -> venvs.Environment:
    bases = venvs.bases()
    if PYTHON not in bases:
        raise SystemExit(f"no Python {PYTHON} on this machine")
    packages = [tool.package for tool in TOOLS if tool.package]
    _progress(f"preparing {PYTHON}: gilscope {' '.join(packages)}")
    return venvs.prepare(PYTHON, bases[PYTHON], packages)


def _measure(
    results: Results, environment: venvs.Environment, cases: list[Case], args: argparse.Namespace
) -> None:
    for number in range(args.rounds):
        for position, case in enumerate(random.sample(cases, len(cases))):
            _progress(
                f"round {number + 1}/{args.rounds}, {position + 1}/{len(cases)}: "
                f"{case.module} {case.test}"
            )
            for task, tool, way in _cells(environment, case, args):
                series = results.setdefault((name_of(case), task, tool.name), Series())
                if series.is_over(way):
                    continue
                try:
                    series.runs[number] = _run(environment, tool, case, way, args.limit, number)
                except RunError as error:
                    series.failures.append(str(error))


def _cells(
    environment: venvs.Environment, case: Case, args: argparse.Namespace
) -> Iterator[tuple[str, Tool, str]]:
    """What to run on a program in a round: name of the task, tool, and its driver's word for it."""
    tools = [
        tool
        for tool in TOOLS
        if tool.package not in environment.missing
        and (not tool.package or not args.tools or tool.name in args.tools)
    ]
    broken = case.verdict == "found"
    for task in args.tasks:
        for tool in random.sample(tools, len(tools)):
            if task == "exhaust":
                yield task, tool, "exhaust"
            elif broken and args.bug == "best":
                yield task, tool, tool.first_bug[0]
            elif broken:
                yield from ((f"bug: {way}", tool, way) for way in tool.first_bug)
        if task == "exhaust" and not broken:
            yield "prove", TOOLS[0], "prove"


def _run(
    environment: venvs.Environment, tool: Tool, case: Case, way: str, limit_s: float, seed: int
) -> dict[str, Any]:
    """In a fresh process. Raises RunError."""
    with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as folder:
        result = Path(folder) / "result.json"
        variables = {
            "BENCH_RESULT": str(result),
            "PYTHONPATH": str(FOLDER),
            "FRONTRUN_ACTIVE": "1",  # as frontrun's command sets it
        }
        arguments = [case.module, case.test, way, str(limit_s), str(seed)]
        command = [str(environment.python), str(DRIVERS / tool.driver), *arguments]
        ended = run(command, Path(folder), variables, limit_s + GRACE_S)
        if not result.is_file():
            raise RunError(f"told nothing: {(ended.output or ['(silent)'])[-1][:160]}")
        told: dict[str, Any] = json.loads(result.read_text())
    return told


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
