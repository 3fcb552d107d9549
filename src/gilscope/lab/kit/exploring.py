"""Has gilscope.explore try the programs in every order of their threads, in this Python."""

from __future__ import annotations

import functools
from importlib import import_module
from typing import TYPE_CHECKING

from gilscope.errors import GilscopeError
from gilscope.explore.options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gilscope.explore.results import Exploration

LONGEST_S = 10.0  # for what takes a tenth of a second


class NotExplored(Exception):  # noqa: N818 - an experiment goes on without its schedules
    """Why programs could not be explored here; the text says what would help."""


def explore(experiment: str, functions: Mapping[str, str]) -> dict[str, Exploration]:
    """Under each name: what `explored(function)` of the program comes to, in all orders."""
    try:
        from gilscope.explore.explorer import Explorer  # noqa: PLC0415 - needs native code
    except ImportError as error:
        if "_explorer" not in str(error):
            raise
        raise NotExplored("gilscope's explorer is not built for this Python") from error
    module = import_module(f"gilscope.lab.{experiment}.program")
    options = Options(search="exhaust", seconds=LONGEST_S, include=("gilscope",))
    found = {}
    try:
        for name, function in functions.items():
            test = functools.partial(module.explored, getattr(module, function))
            found[name] = Explorer(test, options, function).explore()
    except GilscopeError as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise NotExplored(f"{error.message}{hint}") from error
    return found
