"""argparse, with help texts that keep their shape and errors that leave by the one door."""

from __future__ import annotations

import argparse
import sys
import textwrap
from typing import TYPE_CHECKING, Any, NoReturn

from gilscope.cli.output import say
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed import SupportsWrite


class Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        # An abbreviated option would change its meaning when a longer sibling is added.
        super().__init__(**options, allow_abbrev=False)
        self.commands: dict[str, Parser] = {}

    def of(self, command: str | None) -> Parser:
        return self if command is None else self.commands[command]

    def refuse(self, word: str) -> NoReturn:
        """Report an argument that no option or command expects."""
        if not word.startswith("-"):
            self.error(f"unexpected argument: {word!r}")
        name = word.partition("=")[0]
        raise GilscopeError(
            f"no such option: {name}", hint_for(name, self._option_string_actions, self.prog)
        )

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """As argparse does, except that an output that cannot be written is an error."""
        del file  # argparse gives none
        say(self.format_help().rstrip("\n"), sys.stdout)

    def error(self, message: str) -> NoReturn:
        raise GilscopeError(message, _help_of(self.prog))


def hint_for(option: str, options: Iterable[str], program: str) -> str:
    """What to type instead of an option that does not exist."""
    from difflib import get_close_matches  # noqa: PLC0415 - only after a slip

    likely = get_close_matches(option, options, n=1)
    return f"did you mean: {likely[0]}" if likely else _help_of(program)


def _help_of(program: str) -> str:
    return f"try: {program} --help"


def help_texts(docstring: str | None) -> tuple[str, str]:
    """The one-line summary and the whole help text, from the docstring of a command's module."""
    text = textwrap.dedent(docstring or "").strip()
    return text.partition("\n")[0].rstrip("."), text
