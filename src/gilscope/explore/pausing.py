"""Lets a test runner do something within an execution that is no part of it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gilscope import _explorer

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIN, NO_THREAD = 0, -1


@contextmanager
def unobserved() -> Iterator[None]:
    """In the test's own thread: what is done now is not explored."""
    _explorer.enter_thread(NO_THREAD)
    try:
        yield
    finally:
        _explorer.enter_thread(MAIN)
