"""The user's function, as something that every kind of worker can be sent and can find again."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import os
import sys
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@dataclass(frozen=True)
class Work:
    """`source` is a Python file or a module's name, `name` the function's qualified name in it.

    Calling it calls the function, and waits for the result of a coroutine function. Pickled, it is
    two strings: a worker loads the function once.
    """

    source: str
    name: str

    def __call__(self, *arguments: Any) -> Any:
        return self.function()(*arguments)

    def function(self) -> Callable[..., Any]:
        """The function itself, made blocking if it is a coroutine function."""
        return _blocking(self)

    def unchanged(self) -> Callable[..., Any]:
        return _find(self)

    @property
    def is_coroutine(self) -> bool:
        return inspect.iscoroutinefunction(_find(self))


@cache
def _find(work: Work) -> Callable[..., Any]:
    found: Any = load(work.source)
    for part in work.name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{work.name} in {work.source} is not a function")
    function: Callable[..., Any] = found
    return function


@cache
def _blocking(work: Work) -> Callable[..., Any]:
    function = _find(work)
    if not inspect.iscoroutinefunction(function):
        return function

    def blocking(*arguments: Any) -> Any:
        return asyncio.run(function(*arguments))

    return blocking


def load(source: str) -> ModuleType:
    """Import a module by name, or run a file once, under its own name and not as `__main__`.

    What it defines can be pickled by reference, as every process of a strategy loads it so.
    """
    if not source.endswith(".py"):
        return importlib.import_module(source)
    name = Path(source).stem
    if _is_taken(name, source):  # random.py, say: its own imports must still find the other one
        name = f"{name}__compared"
    known = sys.modules.get(name)
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(name, source)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {source}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_taken(name: str, source: str) -> bool:
    """Whether the name is another module's; decided alike in every process."""
    known = sys.modules.get(name)
    if known is not None:
        return getattr(known, "__file__", None) != source
    return name in sys.stdlib_module_names


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
