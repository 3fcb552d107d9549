"""asyncio as its own Python code while a test is explored: what its C code does nobody could see.

`asyncio` has both, and uses the C code where there is some: futures, tasks, and what each thread's
running task is. While this lasts, it uses the other (Lib/asyncio/{futures,tasks}.py).
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gilscope import _explorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def _quiet_ends() -> Iterator[tuple[Any, Callable[[Any], None]]]:
    """Tasks and futures of executions that were given up complain to nobody."""
    package: Any = sys.modules.get("asyncio")
    for module_name, _, name in CLASSES if package is not None else ():
        kind = getattr(getattr(package, module_name), name)
        if "__del__" in vars(kind):
            yield kind, kind.__del__
            kind.__del__ = _unless_given_up(kind.__del__)


def _unless_given_up(end: Callable[[Any], None]) -> Callable[[Any], None]:
    def quiet(ended: Any) -> None:
        if not _explorer.is_over():
            end(ended)

    return quiet


@contextmanager
def in_python() -> Iterator[None]:
    """Use where no event loop runs."""
    before = [(module, name, getattr(module, name)) for module, name, _ in _replacements()]
    for module, name, replacement in list(_replacements()):
        setattr(module, name, replacement)
    ends = list(_quiet_ends())
    try:
        yield
    finally:
        for kind, end in ends:
            kind.__del__ = end
        for module, name, original in before:
            setattr(module, name, original)
