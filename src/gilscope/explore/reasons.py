"""Why nothing is proven, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gilscope.explore.bytecode.instrument import NOT_ATOMIC
from gilscope.explore.bytecode.scope import NOT_EXPLORED
from gilscope.explore.options import FREE_THREADED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


DIVERGED = "executions that began alike went on differently"
RANDOM = "is something random, or left over?"


def preemptions(count: int) -> str:
    return f"{count} preemption{'s' * (count != 1)}"


def in_world(names: Iterable[str], world: str) -> list[str]:
    """What was called that is not modelled in a world."""
    return [
        name for name in sorted(names) if world == FREE_THREADED or not name.endswith(NOT_ATOMIC)
    ]


def of_calls(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name.startswith("!"):
            yield f"not repeatable: {name[1:]}"
        elif NOT_EXPLORED in name:
            yield name
        else:
            kind = "not atomic" if name.endswith(NOT_ATOMIC) else "not modelled"
            yield f"{kind}: {name}"


def of_finalizers(late: Iterable[str], collected: Iterable[str]) -> Iterator[str]:
    for name in sorted(late):
        yield f"ran later than it would have: {name}"
    for name in sorted(collected):
        yield f"the garbage collector may run {name} at any moment"
