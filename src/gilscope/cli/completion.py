"""Print what makes a shell complete gilscope's commands, options and files.

  gilscope completion bash > ~/.local/share/bash-completion/completions/gilscope
  gilscope completion zsh > ~/.zfunc/_gilscope      a folder in your fpath, before compinit
  gilscope completion fish > ~/.config/fish/completions/gilscope.fish

In this shell only: eval "$(gilscope completion bash)"
"""

from __future__ import annotations

import sys
from argparse import SUPPRESS, _SubParsersAction
from typing import TYPE_CHECKING, Any

from gilscope.cli.output import say
from gilscope.needs import require

if TYPE_CHECKING:
    from argparse import Action, ArgumentParser, Namespace
    from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")
# What stands for a file in help texts; and for its beginning, as in FILE.py::TEST.
FILES = ("FILE", "FUNCTION", "TARGET", "WHICH")


def prepare_parser(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help=f"one of {', '.join(SHELLS)}")


def run(arguments: Namespace) -> int:
    require("completion", "shtab")
    import shtab  # noqa: PLC0415 - here only

    say(shtab.complete(told(arguments.parser), shell=arguments.shell), sys.stdout)
    return 0


def told(parser: ArgumentParser) -> ArgumentParser:
    """The whole parser, in which each argument says whether it is a file.

    It is changed, and parses nothing any more: what `gilscope run` runs is no argument of its own
    (`cli/target.py`), but is to be completed, too.
    """
    import shtab  # noqa: PLC0415 - as above

    for name, command in commands(parser):
        if name == "run":
            program = command.add_argument("script", metavar="SCRIPT", help="what to run")
            program.complete = shtab.FILE  # type: ignore[attr-defined] # as shtab wants it
        for action in actions(command):
            if str(action.metavar).startswith(FILES):
                action.complete = shtab.FILE  # type: ignore[attr-defined] # as above
    return parser


def commands(parser: ArgumentParser) -> Iterator[tuple[str, ArgumentParser]]:
    """The name and the parser of each command, in their order."""
    for action in actions(parser):
        if isinstance(action, _SubParsersAction):
            choices: dict[str, Any] = action.choices
            yield from choices.items()


def actions(parser: ArgumentParser) -> list[Action]:
    """All arguments of a parser that are told of."""
    return [each for each in parser._actions if each.help != SUPPRESS]  # noqa: SLF001 # no other way
