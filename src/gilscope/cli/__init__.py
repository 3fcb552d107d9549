"""The `gilscope` command: picks the subcommand, and is the only place that prints errors."""

from __future__ import annotations

import errno
import io
import shlex
import signal
import sys
from typing import TYPE_CHECKING, Protocol

from gilscope.cli import (
    attach,
    compare,
    completion,
    doctor,
    explore,
    export,
    lab,
    predict,
    report,
    run,
    top,
)
from gilscope.cli.ending import end_as, forget
from gilscope.cli.output import say
from gilscope.cli.parser import Parser, help_texts
from gilscope.cli.topics import ALL, page, topics
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence


class Command(Protocol):
    """What the module of each subcommand offers; its docstring is the help text."""

    __doc__: str | None

    def prepare_parser(self, parser: ArgumentParser) -> None: ...

    def run(self, arguments: Namespace) -> int: ...


COMMANDS: dict[str, Command] = {
    "run": run,
    "attach": attach,
    "top": top,
    "report": report,
    "export": export,
    "predict": predict,
    "compare": compare,
    "explore": explore,
    "lab": lab,
    "doctor": doctor,
    "completion": completion,
}
BROKEN_PIPE = 128 + 13  # as a shell says it, also where there is no SIGPIPE
CANNOT_WRITE = 74  # EX_IOERR of sysexits.h
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)

DESCRIPTION = """\
What the GIL costs your Python program: who held it, who waited, on which line and for how long;
what you would gain by escaping it; and whether some order of its threads breaks the program.

Start here:
  gilscope run app.py                      record a program, then read the report
  gilscope attach 4711                     record a process that is running already
  gilscope top 4711                        watch a running process live
  gilscope report app.gil                  read it again, as often as you like
  gilscope export app.gil -o app.json.gz   for Perfetto, the Firefox Profiler, pandas …
  gilscope predict app.gil                 what it would have taken without the GIL
  gilscope compare fib.py:fib --args 30    threads, processes, no GIL …, measured side by side
  gilscope explore test_x.py::test_y       every order of its threads: find a race, or prove none
  gilscope lab                             experiments that show what the GIL does
  gilscope doctor                          what works on this machine, and what to do otherwise
  gilscope help python-api                 the same from Python, and in notebooks
  gilscope help topics                     all pages of the documentation
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None:  # closed by who started us (`>&-`); its number stays free for `run`
        sys.stdout = io.TextIOWrapper(io.BytesIO(), "utf-8")
    try:
        try:
            status = _dispatch(arguments)
        except SystemExit:  # of --help
            sys.stdout.flush()
            raise
        sys.stdout.flush()  # so that a broken pipe or a full disk shows here
    except GilscopeError as error:
        say(f"gilscope: {error.message}", sys.stderr)
        if error.hint:
            say(f"          {error.hint}", sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough (`gilscope report x | head`)
        _forget_output()
        return BROKEN_PIPE
    except OSError as error:
        if error.filename is not None or error.errno not in UNWRITABLE:
            raise
        _forget_output()
        print(f"gilscope: cannot write the output: {error.strerror}", file=sys.stderr)
        return CANNOT_WRITE
    except KeyboardInterrupt:
        return end_as(-signal.SIGINT)
    return status


def _forget_output() -> None:
    """The interpreter would flush stdout once more while it shuts down, and complain."""
    forget(sys.stdout.fileno())


def _dispatch(arguments: list[str]) -> int:
    parser = command_parser()
    if not arguments:
        parser.print_help()
        return 0
    if arguments[0] == "help":  # as of git, cargo, pip
        about = arguments[1:2]
        if about and about[0] in (ALL, *topics()):
            say(page(about[0]), sys.stdout)
            return 0
        arguments = [*about, "--help"]
    _suggest_command(arguments)
    program: list[str] = []
    if arguments[0] == "run":  # what follows the program's name is not ours to parse
        own, program = run.split(arguments[1:])
        arguments = ["run", *own]
    namespace, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.of(namespace.command).refuse(unknown[0])
    if namespace.version:
        print(f"gilscope {_version()}")
        return 0
    if namespace.command is None:
        parser.error("which command?")
    namespace.program = program
    namespace.parser = parser
    return COMMANDS[namespace.command].run(namespace)


def command_parser() -> Parser:
    parser = Parser(prog="gilscope", description=DESCRIPTION)
    parser.add_argument("-V", "--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        summary, text = help_texts(command.__doc__)
        subparser = commands.add_parser(name, help=summary, description=text)
        parser.commands[name] = subparser
        command.prepare_parser(subparser)
    return parser


def _suggest_command(words: list[str]) -> None:
    """Say what was probably meant by `gilscope app.py` or `gilscope rum app.py`."""
    word = words[0]
    if word.startswith("-") or word in COMMANDS:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - only after a slip

    likely = get_close_matches(word, COMMANDS, n=1)
    if word.endswith(".py"):
        meant = ["run", *words]
    elif word.endswith(".gil"):
        meant = ["report", *words]
    elif likely:
        meant = [*likely, *words[1:]]
    else:
        raise GilscopeError(f"no such command: {word}", "gilscope --help lists the commands")
    raise GilscopeError(f"no such command: {word}", f"did you mean: gilscope {shlex.join(meant)}")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow to import

    try:
        return version("gilscope")
    except PackageNotFoundError:
        return "(not installed)"
