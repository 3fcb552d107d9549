"""Record a program, then say what the GIL cost it.

The program runs as it would without gilscope: with its own process, arguments, streams, signals
and exit status. When it ends, the report goes to stderr, and the trace to a file that `gilscope
report` can read again. Every process that the program becomes or starts is recorded, too, if its
Python has gilscope; the report says which one matters most, and how much CPU the others used.

  gilscope run app.py --port 80           everything after the script is the script's
  gilscope run -m pytest tests            like python -m
  gilscope run -c 'import app; app.go()'  like python -c
  gilscope run -- flask run               any command that runs a Python with gilscope installed
  gilscope run -- python -X dev app.py    with options of the interpreter, or another interpreter
  gilscope run --html app.py              and a page with pictures, beside the trace
  gilscope run --fail-if 'gil.contended_fraction > 10%' app.py   a budget: ends with 4 if exceeded
  gilscope run --live app.py              and a live view while it runs; see: gilscope top --help
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gilscope.cli import target
from gilscope.cli.budget import add_budget, check_packages, limits_of
from gilscope.cli.ending import end_as
from gilscope.cli.live.terminal import INTERVAL_S, check_terminal
from gilscope.cli.output import choose_output, discard_if_unused
from gilscope.cli.telling import Telling
from gilscope.cli.values import rate_hz, size_bytes
from gilscope.errors import GilscopeError
from gilscope.record.resources import DEFAULT_SAMPLE_HZ, check_recorder

# numpy and rich are imported after the program has ended: it has the machine for itself until then.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from gilscope.record.launch import Outcome
    from gilscope.record.stage import Stage

NOT_EXECUTABLE = 126  # as a shell says it
INTERPRETERS = ("python", "pypy", "graalpy")
OPTIONS = {  # does a value follow?
    "-h": False,
    "--help": False,
    "-o": True,
    "--output": True,
    "--force": False,
    "--no-children": False,
    "--no-report": False,
    "--html": False,
    "--fail-if": True,
    "--live": False,
    "--sample-hz": True,
    "--max-size": True,
}


def prepare_parser(parser: ArgumentParser) -> None:
    parser.usage = (
        "gilscope run [options] SCRIPT | -m MODULE | -c CODE  [ARGS …]\n"
        "       gilscope run [options] -- COMMAND [ARGS …]"
    )
    add = parser.add_argument
    add("-o", "--output", metavar="FILE", help="the trace (default: a new name, such as app.gil)")
    add("--force", action="store_true", help="replace FILE if it exists")
    add("--no-children", action="store_true", help="record only the first Python process")
    add("--no-report", action="store_true", help="record, but show no report")
    help_html = "write a page with pictures beside the trace; a browser shows it if it can"
    add("--html", action="store_true", help=help_html)
    add_budget(parser)
    help_live = "watch it while it runs: who holds the GIL, who waits, what makes them wait"
    add("--live", action="store_true", help=help_live)
    add_recording(parser)


def add_recording(parser: ArgumentParser) -> None:
    """Add the options that every recording has."""
    add = parser.add_argument
    add(
        "--sample-hz",
        type=rate_hz,
        default=DEFAULT_SAMPLE_HZ,
        metavar="N",
        help="how often a second to sample which line runs while others wait; 0: never"
        f" (default: {DEFAULT_SAMPLE_HZ:g})",
    )
    add(
        "--max-size",
        type=size_bytes,
        default=0,
        metavar="SIZE",
        help="keep the trace below this: totals stay those of the whole run, and the rest"
        " is about the end of it: 500M, 2GiB …",
    )


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    return target.split(arguments, OPTIONS)


def run(arguments: Namespace) -> int:
    check_recorder()
    wanted = target.target(arguments.program)
    limits = limits_of(arguments.fail_if)
    if limits:
        check_packages()
    if arguments.live:
        check_terminal("--live", "leave it out, or watch from another terminal: gilscope top PID")
    output = choose_output(arguments.output, wanted.stem, force=arguments.force)
    reserved = arguments.output is None or output != Path(arguments.output)
    outcome = None
    try:
        with contextlib.ExitStack() as stack:
            stage = stack.enter_context(_stage()) if arguments.live else None
            outcome = _launch(arguments, wanted.command, output, stage)
    except OSError as error:  # not a program after all, such as a script whose #! leads nowhere
        status = target.NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        message = f"cannot run {wanted.command[0]}: {error.strerror or error}"
        raise GilscopeError(message, exit_code=status) from error
    finally:
        if reserved and (outcome is None or outcome.trace is None):
            discard_if_unused(output)
    telling = Telling(limits, report=not arguments.no_report, page=arguments.html)
    if outcome.trace is not None:
        telling.tell(outcome.trace)
    else:
        if sys.stderr is not None:
            _name_interpreter(wanted.command[0], sys.stderr)
        telling.tell_nothing()
    return end_as(outcome.returncode or telling.status)


def _launch(
    arguments: Namespace, command: Sequence[str], output: Path, stage: Stage | None
) -> Outcome:
    from gilscope.record.launch import launch  # noqa: PLC0415 - `gilscope report` has no use for it

    return launch(
        command,
        output,
        sample_hz=arguments.sample_hz,
        max_size_bytes=arguments.max_size,
        with_children=not arguments.no_children,
        stage=stage,
    )


def _stage() -> Stage:
    """What shows the program while it runs."""
    from gilscope.cli.live import viewer  # noqa: PLC0415 - as below
    from gilscope.record.stage import Stage  # noqa: PLC0415 - seldom

    return Stage(functools.partial(viewer.command, INTERVAL_S))


def _name_interpreter(command: str, stream: TextIO) -> None:
    """Nothing was recorded: if the interpreter is the reason, say what would help."""
    from gilscope.pythons.description import (  # noqa: PLC0415 - seldom
        UnansweredError,
        describe,
        with_gilscope,
    )

    if not Path(command).name.startswith(INTERPRETERS):
        return
    try:
        with_gilscope(describe(shutil.which(command) or command))
    except UnansweredError:
        return
    except GilscopeError as error:
        with contextlib.suppress(OSError, ValueError):  # as in _tell
            print(f"gilscope: {error.message}\n          {error.hint}", file=stream)
