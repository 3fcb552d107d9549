"""What a test's markers ask for: conditions that its recording is not to fulfil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gilscope.budget.checking import limit_of
from gilscope.budget.shorthand import conditions_of
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    import pytest

    from gilscope.budget.checking import Limit

MARKER = "gil_budget"
WITHOUT_GIL = "without_gil"
CHOICES = ("fail", "pass")


@dataclass(frozen=True, slots=True)
class Asked:
    """`passes_without_gil`: figures of a GIL that is not there are no reason to fail."""

    limits: tuple[Limit, ...]
    passes_without_gil: bool = False


def asked_of(item: pytest.Item) -> Asked:
    """Read all markers of a test: those of its class and its module, too.

    Raises:
        GilscopeError: one of them is wrong.
    """
    limits: list[Limit] = []
    passes = False
    for marker in reversed(list(item.iter_markers(MARKER))):
        named = dict(marker.kwargs)
        choice = named.pop(WITHOUT_GIL, CHOICES[0])
        if choice not in CHOICES:
            message = f"{WITHOUT_GIL}={choice!r} is not known"
            raise GilscopeError(message, f'{WITHOUT_GIL}="fail" (default) or "pass"')
        passes = choice == "pass"  # the innermost one says
        limits += map(limit_of, conditions_of(marker.args, named))
    return Asked(tuple(limits), passes)
