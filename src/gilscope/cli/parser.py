"""argparse, with help texts that keep their shape and errors that leave by the one door."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any, NoReturn

from gilscope.errors import GilscopeError


class Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        # An abbreviated option would change its meaning when a longer sibling is added.
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise GilscopeError(message, f"try: {self.prog} --help")


def help_texts(docstring: str | None) -> tuple[str, str]:
    """The one-line summary and the whole help text, from the docstring of a command's module."""
    text = textwrap.dedent(docstring or "").strip()
    return text.partition("\n")[0].rstrip("."), text
