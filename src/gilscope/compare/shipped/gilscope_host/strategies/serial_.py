"""One task after the other in one thread: what everything else is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import Inputs, Options

PICKLES = False
ADD = ""


class Serial:
    def map(self, function: Callable[..., Any], inputs: Inputs) -> list[Any]:
        return [function(*each) for each in inputs]

    def close(self) -> None:
        pass


def open_(workers: int, options: Options) -> Serial:  # noqa: ARG001 - as all strategies
    return Serial()
