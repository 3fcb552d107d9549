"""A function for workers that cannot find its file: those of a cluster on other machines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def by_value(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its code and what it uses of its module packed into it."""
    import cloudpickle  # noqa: PLC0415 - Dask and loky bring it along

    module = sys.modules[function.__module__]
    cloudpickle.register_pickle_by_value(module)
    try:
        packed = cloudpickle.dumps(function)
    finally:
        cloudpickle.unregister_pickle_by_value(module)

    # A local function, so that it travels by value itself, without a reference to this module.
    def call(*arguments: Any) -> Any:
        import pickle  # noqa: PLC0415

        return pickle.loads(packed)(*arguments)  # noqa: S301 - our own

    return call
