"""Packages that are called: `gilscope.record` stays what it was when something has imported it."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def call_as(package: str, function: Callable[..., Any]) -> None:
    """Let a call of the package, once it is imported, be one of the function."""

    class Called(ModuleType):
        def __call__(self, *arguments: Any, **options: Any) -> Any:
            return function(*arguments, **options)

    sys.modules[package].__class__ = Called
