"""What observing a program costs it: gilscope beside its alternatives, in alternating rounds.

Every tool's run stands between two runs without a tool and is compared with their mean, because a
shared machine's speed can change twofold within a minute. The workloads time their own work, so
start-up is not counted; the whole process is timed, too.

  run.py                                   everything: about two minutes per round
  run.py --rounds 3 --only gilscope        a first impression
  run.py --only gilscope py-spy pipe-1     two tools on one workload
  run.py --interpreters 3.13 --json x.json another interpreter; every single run into a file

The tools are installed with pip into venvs under build/benchmarks; remove that folder to try again
what could not be installed. Nothing else should be running: look at "no tool, again" first.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import environments as venvs
from contestants import NONE, TOOLS, WORKLOAD_TABLE, tools_for
from measure import alternate
from tables import as_json, show

TOOL_NAMES = [tool.name for tool in TOOLS if tool.name != NONE]
WORKLOAD_NAMES = [workload.name for workload in WORKLOAD_TABLE]
DEFAULT_ROUNDS = 9  # an interval with 95 % confidence needs six


def main() -> None:
    args = _arguments()
    chosen = set(args.only)
    names = chosen & set(TOOL_NAMES) or set(TOOL_NAMES)
    wanted = chosen & set(WORKLOAD_NAMES) or set(WORKLOAD_NAMES)
    workloads = [workload for workload in WORKLOAD_TABLE if workload.name in wanted]
    environments = _environments(args.interpreters, names)
    results = alternate(environments, workloads, names, args.rounds, _progress)
    _progress("")
    print(show(results, environments, workloads))
    if args.json:
        text = json.dumps(as_json(results, environments, args.rounds), indent=1)
        args.json.write_text(text + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, metavar="N")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        choices=[*TOOL_NAMES, *WORKLOAD_NAMES],
        help=f"tools ({', '.join(TOOL_NAMES)}) and workloads ({', '.join(WORKLOAD_NAMES)})",
    )
    parser.add_argument(
        "--interpreters",
        nargs="+",
        metavar="TAG",
        default=[f"{sys.version_info.major}.{sys.version_info.minor}", "3.15"],
        help="the first runs all tools, the others what only they have (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single run there")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds must be at least 1")
    return args


def _environments(tags: list[str], names: set[str]) -> list[venvs.Environment]:
    bases = venvs.bases()
    made = []
    for tag in dict.fromkeys(tags):
        if tag not in bases:
            print(f"no Python {tag} on this machine: left out", file=sys.stderr)
            continue
        tools = [tool for tool in tools_for(tag, tags[0]) if tool.name in names]
        packages = [tool.package for tool in tools if tool.package]
        _progress(f"preparing {tag}: gilscope {' '.join(packages)}")
        made.append(venvs.prepare(tag, bases[tag], packages))
    if not made:
        raise SystemExit(f"no interpreter of: {' '.join(tags)}")
    return made


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
