"""What the function is called with: values, and expressions over what the setup made."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Expression:
    """Python code whose value is an argument; it may use the names of the function's module, and
    those that the setup made. It is evaluated once, before anything is measured.
    """

    code: str

    def __post_init__(self) -> None:
        try:
            ast.parse(self.code.strip(), mode="eval")
        except (SyntaxError, ValueError) as error:
            raise GilscopeError(
                f"not a Python expression: {self.code}",
                "with a setup, arguments are expressions, and text needs quotes of its own:"
                " --args '\"text\"'",
            ) from error

    def __repr__(self) -> str:
        return self.code


def check_setup(code: str) -> None:
    """Before anything starts: a slip in the code is the user's mistake."""
    try:
        ast.parse(code.strip())
    except (SyntaxError, ValueError) as error:
        raise GilscopeError(f"the setup is not Python: {error}", code) from error


def recipe(batch: Sequence[Sequence[Any]]) -> list[list[tuple[bool, Any]]]:
    """The tasks as the hosts read them, in plain types; the same task stays one object."""
    made: dict[int, list[tuple[bool, Any]]] = {}
    for task in batch:
        if id(task) not in made:
            made[id(task)] = [_entry(each) for each in task]
    return [made[id(task)] for task in batch]


def _entry(argument: Any) -> tuple[bool, Any]:
    is_code = isinstance(argument, Expression)
    return is_code, argument.code.strip() if is_code else argument
