"""Pools that nobody shut down: at the interpreter's exit `_python_exit` sees to that.

Only functions in C are called, as this runs within executions.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def queues(is_wanted: Callable[[Any], bool]) -> list[Any]:
    """In which threads of pools wait for work; `is_wanted` is asked about each thread."""
    pools: Any = sys.modules.get("concurrent.futures.thread")
    if pools is None:
        return []
    known = list(pools._threads_queues.data.items())  # noqa: SLF001 # by weak references
    return [queue for reference, queue in known if is_wanted(reference())]


def shut(waiting: list[Any]) -> None:
    """Let their threads end when they are done. To be undone by `reopen`."""
    sys.modules["concurrent.futures.thread"]._shutdown = True  # type: ignore[attr-defined] # noqa: SLF001
    for queue in waiting:
        queue.put(None)


def reopen() -> None:
    pools: Any = sys.modules.get("concurrent.futures.thread")
    if pools is not None:
        pools._shutdown = False  # noqa: SLF001
