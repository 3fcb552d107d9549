"""The user's function, as something that every kind of worker can be sent and can find again."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .setup import RESULT, names_of
from .source import load
from .travel import Sealed
from .typed import unpickled

if TYPE_CHECKING:
    from collections.abc import Callable

PACKED = "function"  # the file with a function that no name finds


@dataclass(frozen=True)
class Work:
    """Where a worker finds the user's function.

    `source` is a Python file or a module's name, `name` the function's qualified name in it, or in
    what the code of `setup` made. `packed` is a file: if it exists, it has the function itself as a
    pickle, which is then taken instead. Calling the work calls the function, and waits for the
    result of a coroutine function. Pickled, it is some strings: a worker loads the function once.
    """

    source: str
    name: str
    setup: str = ""
    packed: str = ""

    def __call__(self, *arguments: Any) -> Any:
        if arguments and isinstance(arguments[0], Sealed):
            arguments = arguments[0].open()
        return self.function()(*arguments)

    def function(self) -> Callable[..., Any]:
        """The function itself, made blocking if it is a coroutine function."""
        return _blocking(self)

    def unchanged(self) -> Callable[..., Any]:
        return _find(self)

    @property
    def is_coroutine(self) -> bool:
        return inspect.iscoroutinefunction(_find(self))


@dataclass(frozen=True)
class Found:
    """`method_of` is the class of a method that no instance was found for."""

    function: Callable[..., Any]
    from_setup: bool
    method_of: type | None = None


@cache
def _find(work: Work) -> Callable[..., Any]:
    if work.source:
        load(work.source)  # what is packed may be an instance of a class of it
    if work.packed and Path(work.packed).exists():
        function: Callable[..., Any] = unpickled(Path(work.packed).read_bytes(), work.source)
        return function
    return look_up(work).function


def look_up(work: Work) -> Found:
    """Find the function by its name: in its module, or else among what the setup made."""
    first, *rest = work.name.split(".")
    found, from_setup = _first(work, first)
    holder: Any = None
    for part in rest:
        holder, found = found, getattr(found, part)
    if not callable(found):
        raise TypeError(f"{work.name} in {work.source} is not a function")
    if not inspect.isclass(holder) or not inspect.isfunction(
        inspect.getattr_static(holder, rest[-1])
    ):
        return Found(found, from_setup)
    instance = _instance(work, holder)
    if instance is None:
        return Found(found, from_setup, method_of=holder)
    return Found(found.__get__(instance), from_setup=True)


def _first(work: Work, name: str) -> tuple[Any, bool]:
    try:
        return getattr(load(work.source), name), False
    except AttributeError:
        names = names_of(work.source, work.setup)
        if name not in names:
            raise
        return names[name], True


def _instance(work: Work, holder: type) -> Any:
    """What the setup called `self`, or made without giving it a name."""
    if not work.setup:
        return None
    names = names_of(work.source, work.setup)
    if "self" in names:
        return names["self"]
    made = names.get(RESULT)
    return made if isinstance(made, holder) else None


@cache
def _blocking(work: Work) -> Callable[..., Any]:
    function = _find(work)
    if not inspect.iscoroutinefunction(function):
        return function

    def blocking(*arguments: Any) -> Any:
        return asyncio.run(function(*arguments))

    return blocking


def nothing(*_arguments: Any) -> None:
    """A task without work: what is left is the strategy's own cost."""


async def nothing_async(*_arguments: Any) -> None:
    """As `nothing`, for coroutine functions."""


@dataclass(frozen=True)
class Introduction:
    """Names the worker that runs it, after it has loaded the work."""

    work: Work
    nap_s: float = 0.002  # long enough that one worker does not answer for all

    def __call__(self) -> str:
        self.work.unchanged()
        time.sleep(self.nap_s)
        return f"{os.getpid()}:{threading.get_ident()}"
