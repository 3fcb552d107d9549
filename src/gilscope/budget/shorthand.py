"""Conditions by short names, as a marker of a test has them: `wait="5%"`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from gilscope.budget.kinds import EXAMPLES, UNITS, Kind
from gilscope.budget.parsing import parse
from gilscope.budget.syntax import Comparison, Figure, Number
from gilscope.errors import GilscopeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What a short name limits, by the kind of the limit.
NAMES = {
    "wait": {Kind.SHARE: "gil.contended_fraction", Kind.SECONDS: "gil.wait_s"},
    "longest_wait": {Kind.SECONDS: "max(threads.longest_wait_s)"},
    "held": {Kind.SHARE: "gil.held_fraction", Kind.SECONDS: "sum(threads.hold_s)"},
    "longest_hold": {Kind.SECONDS: "max(threads.longest_hold_s)"},
    "longest_stall": {Kind.SECONDS: "max(stalls.stall_s)"},
    "stalls": {Kind.NUMBER: "stall_count"},
    "lock_wait": {Kind.SECONDS: "sum(locks.wait_s, not locks.purpose)"},
    "gc_pause": {Kind.SECONDS: "gc.longest_s"},
    "loop_blocked": {Kind.SECONDS: "loop.longest_s"},
}


def conditions_of(conditions: Sequence[object], limits: Mapping[str, object]) -> tuple[str, ...]:
    """Return what is to fail: conditions as they are written, then those of short names.

    Raises:
        GilscopeError: there is none, a name does not exist, or a limit has no fitting unit.
    """
    if not conditions and not limits:
        raise GilscopeError("there is no limit", 'for example: wait="5%", longest_stall="50ms"')
    for each in conditions:
        if not isinstance(each, str):
            raise GilscopeError(f"{each!r} is no condition", 'for example: "gil.wait_s > 100ms"')
    return (*map(str, conditions), *(_condition(*each) for each in limits.items()))


def _condition(name: str, limit: object) -> str:
    kinds = NAMES.get(name)
    if kinds is None:
        close = get_close_matches(name, NAMES, n=1)
        hint = f"did you mean: {close[0]}" if close else f"there are: {', '.join(NAMES)}"
        raise GilscopeError(f"there is no limit called {name}", hint)
    number = _number(limit)
    kind = None if number is None else (UNITS[number.unit][0] if number.unit else Kind.NUMBER)
    if number is None or kind not in kinds:
        examples = " or ".join(f'{name}="{EXAMPLES[each]}"' for each in kinds)
        raise GilscopeError(f"{name}={limit!r} is no such limit", f"for example: {examples}")
    return f"{kinds[kind]} > {limit}"


def _number(limit: object) -> Number | None:
    """Read a limit as a condition would: "5%"; or a count."""
    if isinstance(limit, int) and not isinstance(limit, bool):
        return Number(limit)
    if not isinstance(limit, str):
        return None
    try:
        found = parse(f"wall_s > {limit}")
    except GilscopeError:
        return None
    if not isinstance(found, Comparison) or not isinstance(found.left, Figure):
        return None
    return found.right if isinstance(found.right, Number) else None
