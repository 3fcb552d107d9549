"""What Python code the garbage collector runs, which it may do at any moment of a test.

It is off during executions. So a finalizer or a callback that it would run, perhaps in a thread
that has just taken the lock that this wants, is not explored: it has to be known of.
"""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from gilscope.explore.places import Scope


@contextmanager
def only_new() -> Iterator[None]:
    """Keep the collector from what is there already: going through it takes far longer."""
    is_ours = gc.get_freeze_count() == 0
    if is_ours:
        gc.freeze()
    try:
        yield
    finally:
        if is_ours:
            gc.unfreeze()


def ran_in_collection(scope: Scope) -> set[str]:
    """Collect, and tell which explored functions ran in that."""
    ran: set[str] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        del argument
        if event == "call" and scope.covers(frame.f_code):
            ran.add(frame.f_code.co_qualname)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        gc.collect()
    finally:
        sys.setprofile(before)
    return ran
