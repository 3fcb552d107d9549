"""What is around the executions of a test, and no part of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gilscope.explore.engine.isolation.state import Root


@dataclass(frozen=True, slots=True)
class Setting:
    """`prepare` is called before each execution.

    `lasting` by name: what all executions use, as the fixtures of a whole module do, and no global
    leads to. What an execution does to it is put back, as with globals.
    """

    prepare: Callable[[], object] | None = None
    lasting: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def roots(self, test: Callable[[], object]) -> list[Root]:
        """Of what lasts, with what a test of one's own carries: closure, defaults, arguments."""
        roots: list[Root] = [(dict(self.lasting), "fixtures")] if self.lasting else []
        function: Any = test.func if isinstance(test, partial) else test
        if isinstance(function, FunctionType):
            roots.append(({function.__qualname__: test}, function.__module__))
        return roots


BARE = Setting()
