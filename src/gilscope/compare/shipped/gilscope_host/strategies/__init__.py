"""One module each. `open_` starts the workers; a missing library raises ModuleNotFoundError."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Inputs = Sequence[tuple[Any, ...]]
    Options = dict[str, Any]


class Strategy(Protocol):
    """Workers that are running."""

    def map(self, function: Callable[..., Any], inputs: Inputs) -> list[Any]:
        """Call the function once for each tuple of arguments; the results, in order."""
        ...

    def close(self) -> None:
        """End all workers."""
        ...


class Module(Protocol):
    PICKLES: bool  # whether functions, arguments and results cross a border as pickles
    ADD: str  # how to get what is missing

    def open_(self, workers: int, options: Options) -> Strategy: ...

    def size(self, strategy: Strategy) -> int:
        """How many workers a cluster has; only of those that can be given an address."""
        ...


def module(name: str) -> Module:
    """The module of a strategy, such as `processes` for `processes-fork`."""
    return cast("Module", importlib.import_module(f".{name.partition('-')[0]}_", __name__))
