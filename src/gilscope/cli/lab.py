"""Try out the GIL: experiments that run on this machine, and say what was seen and what it means.

Each takes up to about twenty seconds on an idle machine, changes nothing and leaves nothing behind.
It also measures how busy other programs kept the cores, and tells you.

  gilscope lab                     which experiments there are
  gilscope lab fibonacci           do threads make Python code faster?
  gilscope lab fibonacci --html    a page with pictures, in your browser: predict, then see
  gilscope lab all -o lab.html     all of them in one page; `all` works in every form
  gilscope lab race --json         for machines; see: gilscope help lab-json
  gilscope lab race -o race.txt    to a file; race.json is for machines
"""

from __future__ import annotations

import json
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from gilscope.cli.browse import browse, can_browse
from gilscope.cli.output import check_output, choose_output, say, written
from gilscope.cli.progress import ProgressLine
from gilscope.errors import GilscopeError
from gilscope.needs import require

# What an experiment or its report needs is imported when it runs: other commands start without.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import TextIO

    from gilscope.lab.kit.model import Experiment

ALL = "all"


class Form(Enum):
    """What an experiment is shown as; the end of the file's name says it."""

    TEXT = ".txt"
    JSON = ".json"
    PAGE = ".html"


def prepare_parser(parser: ArgumentParser) -> None:
    add = parser.add_argument
    help_experiment = "which one, or `all`; without it, list them"
    add("experiment", metavar="EXPERIMENT", nargs="?", help=help_experiment)
    add(
        "--html",
        action="store_true",
        help="write a page with pictures; a browser shows it if it can",
    )
    add("--json", action="store_true", help="for machines; see: gilscope help lab-json")
    add("-o", "--output", metavar="FILE", help="write to x.html, x.txt or x.json instead of stdout")
    add("--force", action="store_true", help="replace that file if it exists")


def run(arguments: Namespace) -> int:
    from gilscope.lab import EXPERIMENTS  # noqa: PLC0415 - see above

    name: str | None = arguments.experiment
    if name is not None and name not in (*EXPERIMENTS, ALL):
        names = ", ".join((*EXPERIMENTS, ALL))
        raise GilscopeError(f"no such experiment: {name}", f"there are: {names}")
    form = _form(arguments)
    if form is Form.PAGE and name is None:
        raise GilscopeError("a page needs an experiment", f"`{ALL}` puts all into one page")
    if form is Form.TEXT:
        require("showing an experiment", "rich", otherwise="use --json")
    found = [_perform(each) for each in _chosen(name)]
    if arguments.output is None and form is not Form.PAGE:
        _show(found, sys.stdout, form, is_all=name == ALL)
        return 0
    folder_or_file = arguments.output if arguments.output is not None else "."
    stem = name if name not in (None, ALL) else "lab"
    file = choose_output(folder_or_file, stem or "lab", force=arguments.force, suffix=form.value)
    with written(file) as stream:
        _show(found, stream, form, is_all=name == ALL)
    if arguments.html:
        _tell(file)
    return 0


def _chosen(name: str | None) -> tuple[str, ...]:
    from gilscope.lab import EXPERIMENTS, missing  # noqa: PLC0415 - see above

    if name is None:
        return ()
    if name != ALL:
        return (name,)
    reasons = {each: missing(each) for each in EXPERIMENTS}
    for reason in filter(None, reasons.values()):
        say(f"gilscope: left out: {reason}", sys.stderr)
    return tuple(each for each, reason in reasons.items() if not reason)


def _form(arguments: Namespace) -> Form:
    """What is wanted; refuses what cannot be written before the experiment runs."""
    if arguments.json and arguments.html:
        raise GilscopeError("--json and --html exclude each other", "leave out one of them")
    form = Form.JSON if arguments.json else Form.PAGE if arguments.html else Form.TEXT
    if arguments.output is None:
        if form is Form.PAGE:
            check_output(Path(), force=False)
        return form
    if not arguments.output:
        raise GilscopeError("-o needs a file name")
    file = Path(arguments.output)
    if not file.is_dir():
        form = _named(file, form)
    check_output(file, force=arguments.force)
    return form


def _named(file: Path, asked: Form) -> Form:
    """The form that the name asks for, unless an option asked for another."""
    found = next((each for each in Form if file.suffix.lower() == each.value), None)
    if found is None:
        raise GilscopeError(
            f"no form of an experiment is written to {file.name}",
            "end the name in .html, .txt or .json",
        )
    if asked is not Form.TEXT and asked is not found:
        option = f"--{asked.name.lower() if asked is Form.JSON else 'html'}"
        raise GilscopeError(
            f"{option} cannot write {file}", f"leave out {option}, or name the file *{asked.value}"
        )
    return found


def _show(found: Sequence[Experiment], stream: TextIO, form: Form, *, is_all: bool) -> None:
    """Write experiments, or the list of all."""
    if form is Form.PAGE:
        from gilscope.report.lab.html.page import page  # noqa: PLC0415 - only where it is asked for

        stream.writelines(page(found))
    elif form is Form.JSON:
        _write_json(found, stream, is_all=is_all)
    else:
        _print(found, stream)


def _write_json(found: Sequence[Experiment], stream: TextIO, *, is_all: bool) -> None:
    from gilscope.lab import EXPERIMENTS  # noqa: PLC0415 - see above
    from gilscope.report.lab import json_  # noqa: PLC0415 - only where it is asked for

    if not found:
        content = json_.list_to_dict(EXPERIMENTS)
    else:
        content = json_.all_to_dict(found) if is_all else json_.to_dict(found[0])
    json.dump(content, stream, indent=2, allow_nan=False)
    stream.write("\n")


def _print(found: Sequence[Experiment], stream: TextIO) -> None:
    from gilscope.lab import EXPERIMENTS  # noqa: PLC0415 - see above
    from gilscope.report.lab import console  # noqa: PLC0415 - imports rich

    if not found:
        console.print_list(EXPERIMENTS, stream)
    else:
        console.print_all(found, stream)


def _tell(page: Path) -> None:
    is_open = can_browse(sys.stderr) and browse(page)
    told = "your browser shows it" if is_open else "open it in a browser"
    say(f"gilscope: page {page} · {told}", sys.stderr)


def _perform(name: str) -> Experiment:
    from gilscope.lab import perform  # noqa: PLC0415 - see above

    with ProgressLine(sys.stderr, name) as progress:
        return perform(name, progress)
