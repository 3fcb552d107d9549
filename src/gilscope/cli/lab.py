"""Try out the GIL: experiments that run on this machine, and say what was seen and what it means.

Each takes up to about twenty seconds on an idle machine, changes nothing and leaves nothing behind.
It also measures how busy other programs kept the cores, and tells you.

  gilscope lab                     which experiments there are
  gilscope lab fibonacci           do threads make Python code faster?
  gilscope lab race --json         for machines; see: gilscope help lab-json
  gilscope lab race -o race.txt    to a file; race.json is for machines
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.output import check_output, choose_output, written
from gilscope.cli.progress import ProgressLine
from gilscope.errors import GilscopeError
from gilscope.needs import require

# What an experiment or its report needs is imported when it runs: other commands start without.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import TextIO

    from gilscope.lab.kit.model import Experiment

SUFFIXES = (".txt", ".json")


def prepare_parser(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("experiment", metavar="EXPERIMENT", nargs="?", help="which one; without it, list them")
    add("--json", action="store_true", help="for machines; see: gilscope help lab-json")
    add("-o", "--output", metavar="FILE", help="write to x.txt or x.json instead of stdout")
    add("--force", action="store_true", help="replace that file if it exists")


def run(arguments: Namespace) -> int:
    from gilscope.lab import EXPERIMENTS  # noqa: PLC0415 - see above

    name: str | None = arguments.experiment
    if name is not None and name not in EXPERIMENTS:
        names = ", ".join(EXPERIMENTS)
        raise GilscopeError(f"no such experiment: {name}", f"there are: {names}")
    as_json = _check_form(arguments)
    if not as_json:
        require("showing an experiment", "rich", otherwise="use --json")
    found = _perform(name) if name is not None else None
    if arguments.output is None:
        _show(found, sys.stdout, as_json=as_json)
        return 0
    suffix = ".json" if as_json else ".txt"
    file = choose_output(arguments.output, name or "lab", force=arguments.force, suffix=suffix)
    with written(file) as stream:
        _show(found, stream, as_json=as_json)
    return 0


def _check_form(arguments: Namespace) -> bool:
    """Whether JSON is wanted; refuses what cannot be written before the experiment runs."""
    as_json: bool = arguments.json
    if arguments.output is None:
        return as_json
    if not arguments.output:
        raise GilscopeError("-o needs a file name")
    file = Path(arguments.output)
    if not file.is_dir():
        if file.suffix.lower() not in SUFFIXES:
            raise GilscopeError(
                f"no form of an experiment is written to {file.name}",
                "end the name in .txt or .json",
            )
        is_json = file.suffix.lower() == ".json"
        if as_json and not is_json:
            raise GilscopeError(
                f"--json cannot write {file}", "leave out --json, or name the file *.json"
            )
        as_json = is_json
    check_output(file, force=arguments.force)
    return as_json


def _show(found: Experiment | None, stream: TextIO, *, as_json: bool) -> None:
    """An experiment, or the list of all."""
    from gilscope.lab import EXPERIMENTS  # noqa: PLC0415 - see above

    if as_json:
        from gilscope.report.lab import json_  # noqa: PLC0415 - only where it is asked for

        content = json_.to_dict(found) if found else json_.list_to_dict(EXPERIMENTS)
        json.dump(content, stream, indent=2, allow_nan=False)
        stream.write("\n")
        return
    from gilscope.report.lab import console  # noqa: PLC0415 - imports rich

    if found is None:
        console.print_list(EXPERIMENTS, stream)
    else:
        console.print_experiment(found, stream)


def _perform(name: str) -> Experiment:
    from gilscope.lab import perform  # noqa: PLC0415 - see above

    with ProgressLine(sys.stderr, name) as progress:
        return perform(name, progress)
