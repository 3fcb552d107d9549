"""Whether a call of the function does its work: what is lazy or cached measures nothing."""

from __future__ import annotations

import inspect
import itertools
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .work import Found

CONSUME = "compare a function that consumes it, such as: def work(): return list({name}())"
AWAIT = "make the function `async def`, or let it run the coroutine with asyncio.run()"
LAZY = (map, filter, zip)


class Unfit(Exception):  # noqa: N818 - a finding about the function
    """A call of the function does not do its work; `add` is what to compare instead."""

    def __init__(self, reason: str, add: str) -> None:
        super().__init__(reason)
        self.add = add


def check_function(function: Callable[..., Any]) -> None:
    """Raise Unfit if calling it only makes a generator."""
    name = getattr(function, "__name__", "work")
    if inspect.isgeneratorfunction(function):
        raise Unfit(
            f"{name} is a generator function: a call runs nothing", CONSUME.format(name=name)
        )
    if inspect.isasyncgenfunction(function):
        raise Unfit(
            f"{name} is an asynchronous generator function: a call runs nothing",
            f"compare an `async def` that consumes it with `async for … in {name}()`",
        )


def check_receiver(found: Found, name: str, batch: list[tuple[Any, ...]]) -> None:
    """Raise Unfit for a method that is called without an instance."""
    holder = found.method_of
    if holder is None or (batch[0] and isinstance(batch[0][0], holder)):
        return
    raise Unfit(
        f"{name} is a method: it needs an instance",
        f"make one in the setup: --setup 'self = {holder.__name__}(…)'",
    )


def check_results(function: Callable[..., Any], results: list[Any]) -> None:
    """Raise Unfit if a result is work that has not been done yet."""
    for result in results:
        kind = type(result).__name__
        if inspect.iscoroutine(result):
            result.close()  # it would complain that nobody awaited it
        if inspect.isawaitable(result):
            raise Unfit(f"it returned a {kind} that nobody awaited: a call runs nothing", AWAIT)
        if isinstance(result, Future) and not result.done():
            raise Unfit(
                "it returned a Future that is not done: its work was not measured",
                "let the function return what the Future's result() returns",
            )
        if _is_lazy(result):
            name = getattr(function, "__name__", "work")
            raise Unfit(
                f"it returned a lazy {kind} that nobody consumed: its work was not measured",
                CONSUME.format(name=name),
            )


def _is_lazy(result: Any) -> bool:
    if inspect.isgenerator(result) or inspect.isasyncgen(result) or isinstance(result, LAZY):
        return True
    return type(result).__module__ == itertools.__name__


def cached(function: Callable[..., Any]) -> str:
    """The function's name if it keeps its results as functools.cache does, else nothing."""
    return function.__name__ if callable(getattr(function, "cache_info", None)) else ""


def returned_exception(results: list[Any]) -> str:
    """The first result that is an exception, returned and not raised."""
    return next((repr(each) for each in results if isinstance(each, BaseException)), "")
