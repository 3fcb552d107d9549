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
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gilscope.cli import target
from gilscope.cli.ending import end_as, forget
from gilscope.cli.output import choose_output, discard_if_unused, say
from gilscope.cli.values import rate_hz, size_bytes
from gilscope.errors import GilscopeError
from gilscope.needs import MissingPackageError, require
from gilscope.record.resources import DEFAULT_SAMPLE_HZ
from gilscope.words import numbers
from gilscope.words.text import shell_word

# numpy and rich are imported after the program has ended: it has the machine for itself until then.
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence


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
    from gilscope.record.launch import launch  # noqa: PLC0415 - `gilscope report` has no use for it

    wanted = target.target(arguments.program)
    output = choose_output(arguments.output, wanted.stem, force=arguments.force)
    reserved = arguments.output is None or output != Path(arguments.output)
    outcome = None
    try:
        outcome = launch(
            wanted.command,
            output,
            sample_hz=arguments.sample_hz,
            max_size_bytes=arguments.max_size,
            with_children=not arguments.no_children,
        )
    except OSError as error:  # not a program after all, such as a script whose #! leads nowhere
        status = target.NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        message = f"cannot run {wanted.command[0]}: {error.strerror or error}"
        raise GilscopeError(message, exit_code=status) from error
    finally:
        if reserved and (outcome is None or outcome.trace is None):
            discard_if_unused(output)
    if outcome.trace is not None and sys.stderr is not None:
        _tell(outcome.trace, sys.stderr, report=not arguments.no_report, page=arguments.html)
    elif sys.stderr is not None:
        _name_interpreter(wanted.command[0], sys.stderr)
    return end_as(outcome.returncode)


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


def _tell(trace: Path, stream: TextIO, *, report: bool, page: bool) -> None:
    """Report, or at least say where the trace is; never change the exit status."""
    commands = [f"gilscope report {shell_word(str(trace), stream.encoding or 'utf-8')}"]
    try:
        is_shown = (report or page) and _report(trace, stream, commands, report=report, page=page)
        if not (report and is_shown):
            size = numbers.size(trace.stat().st_size)
            say(f"gilscope: trace {trace}, {size} · next: {' && '.join(commands)}", stream)
        stream.flush()
    except (OSError, ValueError):
        # Nobody reads stderr any more. The interpreter must not find out again while it shuts down:
        # it would turn that into an exit status.
        forget(2)


def _report(trace: Path, stream: TextIO, commands: list[str], *, report: bool, page: bool) -> bool:
    """Whether the trace could be shown; if not, `commands` begins with what to type first."""
    try:
        require("it", "numpy", "rich")
        from gilscope.cli.present import Shown, show  # noqa: PLC0415 - imports numpy and rich

        show(trace, stream, Shown(report, page))
    except BrokenPipeError:
        raise
    except MissingPackageError as error:
        print(f"gilscope: no report: {error.message}", file=stream)
        commands.insert(0, error.command)
    except KeyboardInterrupt:
        print("gilscope: no report: interrupted", file=stream)
    except Exception as error:  # noqa: BLE001 - see _tell
        reason = str(error).partition("\n")[0] or type(error).__name__
        print(f"gilscope: no report: {reason}", file=stream)
    else:
        return True
    return False
