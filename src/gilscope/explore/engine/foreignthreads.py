"""Threads that live beside an execution though explore did not start them: nobody schedules them.

A fixture may have started them, a module, or `_thread`. Whatever they do is not explored, and takes
real time. Those of test runners touch nothing of the program; of those of a notebook's kernel,
that is assumed.
"""

from __future__ import annotations

import _thread
import os
import sys
import threading
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.cells import serves_notebook
from gilscope.explore.bytecode.scope import is_own, package_of
from gilscope.explore.facts import AssumptionKind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

# They read what the main process says, write what a test prints, or end a test that takes long.
RUNNERS = {"execnet", "xdist", "pytest_timeout", "coverage"}


def foreign_threads(own: Iterable[int] = ()) -> list[str]:
    """The names of those that live now; `own`: identities of some that are explore's own."""
    mine = {_thread.get_ident(), threading.main_thread().ident, *own}
    living = _explorer.live_threads()
    if living is not None and mine.issuperset(living):
        return []  # to look at a frame keeps all that it holds until the next collection
    others = sys._current_frames()  # noqa: SLF001 # raw threads are known nowhere else
    return [
        _name_of(ident, others[ident])
        for ident in others.keys() - mine
        if not _is_of_runner(ident, others[ident]) and not _is_of_kernel(ident)
    ]


def kernels_apart() -> list[Reason]:
    """What is assumed where a notebook's kernel lives beside: nothing elsewhere."""
    beside = any(map(serves_notebook, threading.enumerate()))
    return [Reason(AssumptionKind.KERNEL_APART)] if beside else []


def _is_of_kernel(ident: int) -> bool:
    return serves_notebook(threading._active.get(ident))  # type: ignore[attr-defined] # noqa: SLF001


def _is_of_runner(ident: int, frame: FrameType) -> bool:
    files = [each.f_code.co_filename for each in _outwards(frame)]
    if is_own(files[-1]):  # explore's own: carriers and the watchdog
        return True
    first = next((each for each in reversed(files) if each != threading.__file__), "")
    if first:
        return package_of(os.path.realpath(first)) in RUNNERS
    thread = threading._active.get(ident)  # type: ignore[attr-defined] # noqa: SLF001
    function = getattr(thread, "function", None)  # a Timer, which is nowhere but in `threading`
    return str(getattr(function, "__module__", "")).partition(".")[0] in RUNNERS


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _name_of(ident: int, frame: FrameType) -> str:
    thread = threading._active.get(ident)  # type: ignore[attr-defined] # noqa: SLF001
    if thread is not None:
        return str(thread.name)
    outermost = list(_outwards(frame))[-1]
    return f"the thread that runs {outermost.f_code.co_qualname}"
