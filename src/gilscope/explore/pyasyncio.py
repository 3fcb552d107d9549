"""asyncio as its own Python code while a test is explored: what its C code does nobody could see.

`asyncio` has both, and uses the C code where there is some: futures, tasks, and what each thread's
running task is. While this lasts, it uses the other (Lib/asyncio/{futures,tasks}.py).
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "_py_"
CLASSES = (("futures", "Future", "_PyFuture"), ("tasks", "Task", "_PyTask"))


def _replacements() -> Iterator[tuple[Any, str, object]]:
    """Module, name in it, and what is written in Python."""
    package: Any = sys.modules.get("asyncio")
    if package is None:
        return
    for module_name, name, in_python in CLASSES:
        module = getattr(package, module_name)
        replacement = getattr(module, in_python)
        yield package, name, replacement
        yield module, name, replacement
    for module in (package.tasks, package.futures):
        for name, replacement in list(vars(module).items()):
            if name.startswith(PREFIX) and callable(replacement):
                yield from _named(module, package, name.removeprefix(PREFIX), replacement)


def _named(
    module: Any, package: Any, plain: str, replacement: object
) -> Iterator[tuple[Any, str, object]]:
    """`_py_register_task` stands for `_register_task`, `_py_current_task` for `current_task`."""
    for name in (plain, f"_{plain}"):
        for each in (module, package):
            if name in vars(each):
                yield each, name, replacement


@contextmanager
def in_python() -> Iterator[None]:
    """Use where no event loop runs."""
    before = [(module, name, getattr(module, name)) for module, name, _ in _replacements()]
    for module, name, replacement in list(_replacements()):
        setattr(module, name, replacement)
    try:
        yield
    finally:
        for module, name, original in before:
            setattr(module, name, original)
