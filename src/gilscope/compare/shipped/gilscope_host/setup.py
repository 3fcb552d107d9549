"""What is made before the measuring, and not measured: the names that --setup defines."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import Any

from .source import load

RESULT = "setup"  # what an expression's value is called
NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class SetupFailed(Exception):  # noqa: N818 - shown as a sentence
    """The code that the user gave for the setup, or for an argument, raised."""


@cache
def names_of(source: str, setup: str) -> dict[str, Any]:
    """The names of the function's module, and those that the setup made in a copy of them."""
    names = dict(vars(load(source))) if source else {}
    try:
        _run(setup, names)
    except Exception as error:
        raise SetupFailed(f"the setup failed: {type(error).__name__}: {error}") from error
    return names


def _run(setup: str, names: dict[str, Any]) -> None:
    """An expression's value is kept; that of a function's name is what a call of it returns."""
    try:
        expression = compile(ast.parse(setup.strip(), mode="eval"), "<setup>", "eval")
    except SyntaxError:
        exec(compile(setup, "<setup>", "exec"), names)  # noqa: S102 - what the user asked for
        return
    made = eval(expression, names)  # noqa: S307 - likewise
    names[RESULT] = made() if NAME.fullmatch(setup.strip()) and callable(made) else made


def evaluate(code: str, names: dict[str, Any]) -> Any:
    """The value of an argument that is an expression."""
    try:
        return eval(code, names)  # noqa: S307 - what the user asked for
    except NameError as error:
        raise SetupFailed(
            f"the argument {code}: {error} (with a setup, text needs quotes of its own)"
        ) from error
    except Exception as error:
        raise SetupFailed(f"the argument {code}: {type(error).__name__}: {error}") from error
