"""What objects lead to, as the garbage collector sees it; no code of the program runs for that."""

from __future__ import annotations

import gc
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_REACHED = 100_000
# They lead to all of a module or class, which whoever has one of them keeps alive in any case.
LEAD_FAR = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


def all_of(roots: Iterable[object]) -> list[object]:
    """All that they lead to. Where it is left out, or is too much, more counts as garbage."""
    found: dict[int, object] = {id(each): each for each in roots}
    left = list(found.values())
    while left and len(found) < MOST_REACHED:
        each = left.pop()
        if isinstance(each, LEAD_FAR):
            continue
        for led_to in gc.get_referents(each):
            if id(led_to) not in found:
                found[id(led_to)] = led_to
                left.append(led_to)
    return list(found.values())
