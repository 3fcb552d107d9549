"""`--fail-if-worse`: which figure of a comparison is to be worse, and by how much at least."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from gilscope.budget.kinds import UNITS, Kind
from gilscope.budget.names import plain
from gilscope.budget.parsing import parse
from gilscope.budget.syntax import Comparison, Figure, Number
from gilscope.budget.tokens import refuse
from gilscope.errors import GilscopeError

# As difference-json has them, with `_` for a space; a test compares them.
FIGURES = ("wall", "cpu", "held", "waited", "longest_wait", "stalled", "locks", "loop", "gc")
EXAMPLE = "for example: 'waited > 5%' or 'wall > 50ms'"


@dataclass(frozen=True, slots=True)
class WorseLimit:
    """By a share of what it was, or by an amount: the other one is 0. `text` as it was written."""

    text: str
    name: str
    share: float
    amount_s: float


def worse_limit_of(text: str) -> WorseLimit:
    """Read `waited > 5%`: an amount is part of it, since any two sides differ by something.

    Raises:
        GilscopeError: it is no such limit; the message says where.
    """
    found = parse(text)
    if not isinstance(found, Comparison) or not isinstance(found.left, Figure):
        raise GilscopeError(f"{text!r} is no figure and an amount", EXAMPLE)
    if found.operator != ">" or not isinstance(found.right, Number):
        refuse(text, found.at, "here stands > and an amount", EXAMPLE)
    name = plain(found.left.name)
    if name not in FIGURES:
        close = get_close_matches(name, FIGURES, n=1)
        hint = f"did you mean: {close[0]}" if close else f"there are: {', '.join(FIGURES)}"
        refuse(text, found.left.at, f"no figure of a comparison is called {name}", hint)
    return WorseLimit(text, name.replace("_", " "), *_amounts(text, found.right))


def _amounts(text: str, number: Number) -> tuple[float, float]:
    """A share, and seconds."""
    if number.value < 0:
        refuse(text, number.at, "an amount is not negative", EXAMPLE)
    kind, scale = UNITS.get(number.unit, (Kind.NUMBER, 1.0))
    if kind is Kind.SHARE:
        return number.value * scale, 0.0
    if kind is Kind.SECONDS or (kind is Kind.NUMBER and number.value == 0):
        return 0.0, number.value * scale
    return refuse(text, number.at, "an amount is a share of what it was, or a time", EXAMPLE)
