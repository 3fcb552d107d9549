"""Every interleaving that matters, once: source-DPOR with sleep sets.

Abdulla, Aronis, Jonsson, Sagonas: Optimal dynamic partial order reduction (POPL 2014), algorithm 1.
An execution is run again from its beginning for each branch; two executions that differ only in
the order of independent steps count as one. In C, as some of it is done at each step:
native/explore/exhaustive.c and order.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gilscope._explorer import Exhaustive

if TYPE_CHECKING:
    from gilscope.explore.search.steps import Search

__all__ = ["Exhaustive", "in_c"]

InC = tuple[Exhaustive, list[int] | None]


@runtime_checkable
class _Around(Protocol):
    def in_c(self) -> InC | None: ...


def in_c(search: Search) -> InC | None:
    """What can be asked by native code instead of a search, and a list for what it chooses; None
    if the search itself is to be asked. Ask for each execution anew.
    """
    if isinstance(search, Exhaustive):
        return search, None
    return search.in_c() if isinstance(search, _Around) else None
