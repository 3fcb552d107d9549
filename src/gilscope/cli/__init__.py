"""The `gilscope` command: picks the subcommand, and is the one place where errors are printed."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Protocol

from gilscope.cli import compare, explore, lab, report, run
from gilscope.cli.ending import end_as
from gilscope.cli.parser import Parser, help_texts
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence


class Command(Protocol):
    """What each module of a subcommand offers; its docstring is the help text."""

    __doc__: str | None

    def prepare_parser(self, parser: ArgumentParser) -> None: ...

    def run(self, arguments: Namespace) -> int: ...


COMMANDS: dict[str, Command] = {
    "run": run,
    "report": report,
    "compare": compare,
    "explore": explore,
    "lab": lab,
}

DESCRIPTION = """\
What the GIL costs your Python program: who held it, who waited, on which line, for how long;
what escaping it would bring; and whether the order of threads can break the program.

Start here:
  gilscope run app.py                      record a program, then read the report
  gilscope report app.gil                  read it again, as often as you like
  gilscope compare fib.py:fib --args 30    threads, processes, no GIL …: measured side by side
  gilscope explore test_x.py::test_y       every order of its threads: find the race, or prove none
  gilscope lab                             experiments that show what the GIL does
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _dispatch(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # so that a broken pipe shows here
    except GilscopeError as error:
        print(f"gilscope: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"          {error.hint}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough (`gilscope report x | head`)
        # The interpreter would flush stdout once more while it shuts down, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return end_as(-signal.SIGINT)
    return status


def _dispatch(arguments: list[str]) -> int:
    parser = _parser()
    if not arguments:
        print(parser.format_help(), end="")
        return 0
    _suggest_command(arguments[0])
    program: list[str] = []
    if arguments[0] == "run":  # what follows the program's name is not ours to parse
        own, program = run.split(arguments[1:])
        arguments = ["run", *own]
    namespace = parser.parse_args(arguments)
    if namespace.version:
        print(f"gilscope {_version()}")
        return 0
    if namespace.command is None:
        parser.error("which command?")
    namespace.program = program
    return COMMANDS[namespace.command].run(namespace)


def _parser() -> Parser:
    parser = Parser(prog="gilscope", description=DESCRIPTION)
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        summary, text = help_texts(command.__doc__)
        subparser = commands.add_parser(name, help=summary, description=text)
        command.prepare_parser(subparser)
    return parser


def _suggest_command(word: str) -> None:
    """`gilscope app.py` is a slip of the hand: say what was probably meant."""
    if word.startswith("-") or word in COMMANDS:
        return
    hint = "gilscope --help lists the commands"
    if word.endswith(".py"):
        hint = f"did you mean: gilscope run {word}"
    elif word.endswith(".gil"):
        hint = f"did you mean: gilscope report {word}"
    raise GilscopeError(f"no such command: {word}", hint)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow to import

    try:
        return version("gilscope")
    except PackageNotFoundError:
        return "(not installed)"
