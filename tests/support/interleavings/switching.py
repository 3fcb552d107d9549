"""Before which instructions of a thread another may go on."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING

from . import memory
from .instructions import CALLS, JUMPS_BACK, METHODS, PURE, RETURNS

if TYPE_CHECKING:
    from types import FrameType

    from .codes import Code
    from .machine import Logical

PLAIN = {int, bool, float, str, bytes, type(None)}
CONTAINERS = {list, dict, set, str, deque, defaultdict, OrderedDict}


def left(code: Code, thread: Logical, frame: FrameType, event: str) -> None:
    """A frame ends, or is left by an exception."""
    if event == "return":
        thread.calls.pop(frame, None)
    if code.gil:
        _passing(code, thread, frame, event)


def comes_to(code: Code, thread: Logical, frame: FrameType) -> bool:
    """Whether somebody else may go on before the instruction that the thread comes to."""
    if thread.calls:
        thread.calls.pop(frame, None)
    thread.depth = memory.stack_depth(frame)
    if not code.everywhere:
        name = code.operations(frame.f_code)[frame.f_lasti]
        if not _may_switch(code, thread, frame, name):
            return False
    was_fresh, thread.fresh = thread.fresh, False
    return not was_fresh


def _may_switch(code: Code, thread: Logical, frame: FrameType, name: str) -> bool:
    if not thread.fresh and code.fuse and _is_local(code, thread, frame, name):
        thread.may_switch = thread.may_switch or name in CALLS
        return False  # and what may happen here may as well happen after it
    if thread.jumps_from >= 0:  # a conditional jump: the eval loop looks if it was taken
        thread.may_switch = frame.f_lasti < thread.jumps_from
    may = not code.gil or thread.may_switch
    thread.may_switch = name in CALLS
    thread.jumps_from = frame.f_lasti if name in JUMPS_BACK else -1
    return may


def _is_local(code: Code, thread: Logical, frame: FrameType, name: str) -> bool:
    """Whether nobody can tell when the instruction happens."""
    if name == RETURNS and memory.called_from_c(frame):
        return False  # the C code that goes on touches what it likes
    if code.is_local(frame.f_code, frame.f_lasti):
        return True
    if name in PURE:
        return all(type(each) in PLAIN for each in memory.top(frame, thread.depth, PURE[name]))
    if name == METHODS:
        return type(memory.top(frame, thread.depth, 1)[0]) in CONTAINERS
    return False


def _passing(code: Code, thread: Logical, frame: FrameType, event: str) -> None:
    """With the GIL: what else than the instruction before decides whether others may go."""
    thread.may_switch = False
    if event == "return" and memory.called_from_c(frame):
        caller = frame.f_back
        if caller is not None and code.has(caller.f_code):
            thread.may_switch = code.operations(caller.f_code)[caller.f_lasti] in CALLS
