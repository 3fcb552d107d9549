"""The lock of `warnings` as one of Python's own, for which threads of a test wait in their turn.

From 3.14 on it is one that only C code has (Python/_warnings.c), unless that is missing.
"""

from __future__ import annotations

import _thread
import _warnings
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gilscope.explore.engine.patching import replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLACED = ("_lock", "_filters_mutated_lock_held")


@contextmanager
def lock_in_python() -> Iterator[None]:
    """What `warnings.warn` itself does under the lock of C code, it does in one step."""
    module: Any = warnings
    if not all(hasattr(module, name) for name in REPLACED):
        yield
        return
    filters_mutated = module._filters_mutated_lock_held  # noqa: SLF001
    in_c: Any = _warnings

    # `with warnings._lock` would be code of the library, within which threads are switched.
    def filters_mutated_unlocked() -> None:
        in_c._acquire_lock()  # noqa: SLF001
        try:
            filters_mutated()
        finally:
            in_c._release_lock()  # noqa: SLF001

    replacements = zip(REPLACED, (_thread.RLock(), filters_mutated_unlocked), strict=True)
    with replaced((module, name, replacement) for name, replacement in replacements):
        yield
