"""Code for workers that cannot import it: those of a cluster, or of what a notebook defines."""

from __future__ import annotations

import functools
import pickle
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Sealed:
    """The arguments of a task with the code of their classes in it: any pickler can send it."""

    content: bytes

    def open(self) -> tuple[Any, ...]:
        arguments: tuple[Any, ...] = pickle.loads(self.content)  # noqa: S301 - our own
        return arguments


def seal(arguments: tuple[Any, ...]) -> tuple[Sealed]:
    import cloudpickle  # noqa: PLC0415 - it is there, as they came by it

    return (Sealed(cloudpickle.dumps(arguments)),)


def by_value(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its code and what it uses of its module packed into it."""
    import cloudpickle  # noqa: PLC0415 - Dask and loky bring it along

    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    module = sys.modules[inner.__module__]
    cloudpickle.register_pickle_by_value(module)
    try:
        packed = cloudpickle.dumps(function)
    finally:
        cloudpickle.unregister_pickle_by_value(module)

    # A local function, so that it travels by value itself, without a reference to this module.
    def call(*arguments: Any) -> Any:
        import pickle  # noqa: PLC0415 - there, this module is not

        return pickle.loads(packed)(*arguments)  # noqa: S301 - our own

    return call
