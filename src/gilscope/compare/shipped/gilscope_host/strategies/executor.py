"""What all strategies with the interface of concurrent.futures have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from . import Inputs


class ExecutorStrategy:
    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def map(self, function: Callable[..., Any], inputs: Inputs) -> list[Any]:
        futures = [self._executor.submit(function, *each) for each in inputs]
        return [future.result() for future in futures]

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
