"""An event loop: coroutine functions gathered, plain functions in threads (asyncio.to_thread)."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import Inputs, Options

PICKLES = False
ADD = ""


class Loop:
    def __init__(self, workers: int) -> None:
        self._runner = asyncio.Runner()
        self._runner.get_loop().set_default_executor(ThreadPoolExecutor(workers))

    def map(self, function: Callable[..., Any], inputs: Inputs) -> list[Any]:
        return self._runner.run(self._gather(function, inputs))

    async def _gather(self, function: Callable[..., Any], inputs: Inputs) -> list[Any]:
        if inspect.iscoroutinefunction(function):
            return await asyncio.gather(*(function(*each) for each in inputs))
        return await asyncio.gather(*(asyncio.to_thread(function, *each) for each in inputs))

    def close(self) -> None:
        self._runner.close()


def open_(workers: int, options: Options) -> Loop:  # noqa: ARG001 - as all strategies
    return Loop(workers)
