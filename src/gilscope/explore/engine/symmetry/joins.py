"""Joins of one thread, one right after the other: nothing is done between them, so nobody sees in
which order the threads ended.

Read from the bytecode: a loop over a list or tuple of threads, or one statement after another.
"""

from __future__ import annotations

import dis
import sys
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gilscope import _explorer
from gilscope.explore.bytecode.scope import is_own
from gilscope.explore.bytecode.stackdepth import after, first_stack_slot, stack_depths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, FrameType

# What comes between two joins in the code, and touches nothing but local variables.
HARMLESS = frozenset(
    (
        *("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK", "LOAD_FAST_LOAD_FAST"),
        *("LOAD_FAST_BORROW_LOAD_FAST_BORROW", "LOAD_CONST", "LOAD_SMALL_INT"),
        *("STORE_FAST", "STORE_FAST_LOAD_FAST", "POP_TOP", "PUSH_NULL", "PRECALL", "KW_NAMES"),
        *("FOR_ITER", "JUMP_BACKWARD", "LIST_APPEND", "NOP", "NOT_TAKEN", "EXTENDED_ARG", "CACHE"),
    )
)
LOOPS = frozenset(("FOR_ITER", "JUMP_BACKWARD"))
GETS_METHOD = frozenset(("LOAD_ATTR", "LOAD_METHOD"))
ITERATORS: tuple[type, ...] = (type(iter([])), type(iter(())))


class Place(NamedTuple):
    """Where a thread joins. A frame is not kept, as what is in it must end when it does."""

    frame: int
    code: CodeType
    call: int  # the index of the instruction
    source: Sequence[object] | None  # what the innermost loop goes through
    turn: int  # of that loop

    def follows(self, before: Place) -> bool:
        """Whether a thread that joined there came straight to here."""
        if (self.frame, self.code) != (before.frame, before.code):
            return False
        if self.call != before.call:
            return _is_straight(self.code, before.call, self.call)
        same_loop = self.source is not None and self.source is before.source
        return same_loop and self.turn == before.turn + 1 and _is_loop(self.code, self.call)


class Joins:
    """Since the thread did anything else."""

    def __init__(self, place: Place) -> None:
        self.joined: set[int] = set()
        self._place = place
        self._members = tuple(place.source or ())

    def go_on(self, place: Place) -> bool:
        """Whether the thread came straight from its last join to this one."""
        before, self._place = self._place, place
        return place.follows(before) and not self.is_changed()

    def is_changed(self) -> bool:
        """Whether somebody changed the list of threads since: it then decides what is joined."""
        now = tuple(self._place.source or ())
        same = len(now) == len(self._members)
        return not (same and all(a is b for a, b in zip(now, self._members, strict=True)))


def joining_place() -> Place:
    """Of the calling thread."""
    frame: FrameType = sys._getframe()  # noqa: SLF001 # there is no other way
    while is_own(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    call = _call_at(frame)
    source, turn = _loop(frame, call)
    return Place(id(frame), frame.f_code, call, source, turn)


@lru_cache(maxsize=1024)
def _instructions(code: CodeType) -> tuple[list[int], list[dis.Instruction]]:
    found = list(dis.get_instructions(code))
    return [each.offset for each in found], found


def _call_at(frame: FrameType) -> int:
    """The index of the instruction that runs; CPython may have passed over its caches."""
    offsets, _ = _instructions(frame.f_code)
    return bisect_right(offsets, frame.f_lasti) - 1


def _is_straight(code: CodeType, before: int, now: int) -> bool:
    """Whether one call comes after the other, with nothing between, and never without it."""
    _, instructions = _instructions(code)
    return before < now and all(
        _is_harmless(each) and each.opname not in LOOPS and not each.is_jump_target
        for each in instructions[before + 1 : now]
    )


def _is_loop(code: CodeType, call: int) -> bool:
    """Whether the innermost loop around a call does nothing else."""
    offsets, instructions = _instructions(code)
    for end in range(call + 1, len(instructions)):
        each = instructions[end]
        if each.opname == "JUMP_BACKWARD":
            first = bisect_right(offsets, each.argval) - 1
            if first > call or instructions[first].opname != "FOR_ITER":
                return False
            return all(_is_harmless(instructions[at]) for at in range(first, end) if at != call)
        if not _is_harmless(each):
            return False
    return False


def _is_harmless(instruction: dis.Instruction) -> bool:
    if instruction.opname in GETS_METHOD:
        return bool(instruction.argval == "join")
    return instruction.opname in HARMLESS


def _loop(frame: FrameType, at: int) -> tuple[Sequence[object] | None, int]:
    """What the innermost loop around a call goes through, if it is a list or tuple; its turn."""
    code = frame.f_code
    call = _instructions(code)[1][at]
    depth = _depths(code).get(call.offset)
    first = first_stack_slot(code)
    top = first if depth is None else first + after(call, depth) - 2
    if top < first or depth is None or not call.opname.startswith("CALL"):
        return None, 0
    found: Any = _explorer.peek(frame, top)
    source: Any = None
    turn = 0
    if type(found) is int and top > first:  # since 3.15: its turn, and below it the list
        source, turn = _explorer.peek(frame, top - 1), found
    elif type(found) in ITERATORS:
        _, (source,), turn = found.__reduce__()
    return (source, turn) if type(source) in (list, tuple) else (None, 0)


@lru_cache(maxsize=1024)
def _depths(code: CodeType) -> dict[int, int]:
    return stack_depths(code)
