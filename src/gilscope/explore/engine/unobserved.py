"""Lets a test runner do something within an execution that is no part of it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gilscope import _explorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAIN, NO_THREAD = 0, -1
_do_others_live: list[Callable[[], bool]] = []  # of the execution that runs, or ran last


def begin(do_others_live: Callable[[], bool]) -> None:
    _do_others_live[:] = [do_others_live]


@contextmanager
def setting_up() -> Iterator[None]:
    """Before the test, in its own thread: explored from the first thread on that it starts."""
    with unobserved():
        yield
    _explorer.test_begins()


@contextmanager
def unobserved() -> Iterator[None]:
    """In the test's own thread: what is done now is not explored, if no other thread lives.

    Those that do must go on where it waits for them, and this only the scheduler can see to.
    """
    if any(live() for live in _do_others_live):
        yield
        return
    _explorer.enter_thread(NO_THREAD)
    try:
        yield
    finally:
        _explorer.enter_thread(MAIN)
