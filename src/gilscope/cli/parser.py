"""argparse, with help texts that keep their shape and errors that leave by the one door."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any, NoReturn

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        # An abbreviated option would change its meaning when a longer sibling is added.
        super().__init__(**options, allow_abbrev=False)

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """As argparse does, except that an output that cannot be written is an error."""
        print(self.format_help(), end="", file=file)

    def error(self, message: str) -> NoReturn:
        raise GilscopeError(message, f"try: {self.prog} --help")


def help_texts(docstring: str | None) -> tuple[str, str]:
    """The one-line summary and the whole help text, from the docstring of a command's module."""
    text = textwrap.dedent(docstring or "").strip()
    return text.partition("\n")[0].rstrip("."), text
