"""Try out the GIL: experiments that run on this machine, and say what was seen and what it means.

Each takes up to about twenty seconds on an idle machine, changes nothing and leaves nothing behind.
It also measures how busy other programs kept the cores, and tells you.

  gilscope lab                     which experiments there are
  gilscope lab fibonacci           do threads make Python code faster?
  gilscope lab race --json         for machines; see: gilscope help lab-json
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from gilscope.cli.progress import ProgressLine
from gilscope.errors import GilscopeError
from gilscope.needs import require

# What an experiment or its report needs is imported when it runs: other commands start without.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from gilscope.lab.kit.model import Experiment


def prepare_parser(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("experiment", metavar="EXPERIMENT", nargs="?", help="which one; without it, list them")
    add("--json", action="store_true", help="for machines; see: gilscope help lab-json")


def run(arguments: Namespace) -> int:
    from gilscope.lab import EXPERIMENTS  # noqa: PLC0415 - see above

    name: str | None = arguments.experiment
    if name is not None and name not in EXPERIMENTS:
        names = ", ".join(EXPERIMENTS)
        raise GilscopeError(f"no such experiment: {name}", f"there are: {names}")
    if arguments.json:
        from gilscope.report.lab import json_  # noqa: PLC0415 - only where it is asked for

        found = json_.to_dict(_perform(name)) if name else json_.list_to_dict(EXPERIMENTS)
        _print_json(found)
        return 0
    require("showing an experiment", "rich", otherwise="use --json")
    from gilscope.report.lab import console  # noqa: PLC0415 - imports rich

    if name is None:
        console.print_list(EXPERIMENTS, sys.stdout)
    else:
        console.print_experiment(_perform(name), sys.stdout)
    return 0


def _perform(name: str) -> Experiment:
    from gilscope.lab import perform  # noqa: PLC0415 - see above

    with ProgressLine(sys.stderr, name) as progress:
        return perform(name, progress)


def _print_json(found: dict[str, Any]) -> None:
    json.dump(found, sys.stdout, indent=2, allow_nan=False)
    sys.stdout.write("\n")
