"""Where a thread is, in words: its frames with their variables and value stacks."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gilscope import _explorer
from gilscope.explore.bytecode.code import instruction_at
from gilscope.explore.bytecode.scope import is_own
from gilscope.explore.bytecode.stackdepth import after, first_stack_slot, stack_depths
from gilscope.explore.engine.repetition.contents import UnknownError, words_of_slot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

# Instructions that call Python code by way of C which keeps nothing while it runs.
PASSES_ON = frozenset(
    (
        *("BEFORE_WITH", "WITH_EXCEPT_START", "LOAD_SPECIAL", "FOR_ITER", "SEND"),
        *("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR"),
    )
)
KEEPS_OPERANDS = "CALL_FUNCTION_EX"  # until what it calls by way of C has returned
BEGIN_THREADS = ("_observed", "live")  # gilscope's functions that call the test, or run a thread
CALLED_BY_ENGINE = ("_arrive", "_run_away")  # before an instruction, which is not begun


def words_of_frames(innermost: FrameType) -> Iterator[object]:
    """Of all frames of the explored program in a thread that stands still."""
    inner: FrameType | None = None
    at: FrameType | None = innermost
    while at is not None:
        if not is_own(at.f_code.co_filename):
            yield from _words_of(at, inner)
        elif at.f_code.co_name in BEGIN_THREADS:
            return
        inner = None if at.f_code.co_name in CALLED_BY_ENGINE else at
        at = at.f_back


def _words_of(frame: FrameType, inner: FrameType | None) -> Iterator[object]:
    yield frame.f_code
    yield frame.f_lasti
    for number in range(_depth(frame, inner)):
        yield from words_of_slot(_explorer.peek(frame, number))


def _depth(frame: FrameType, inner: FrameType | None) -> int:
    """Slots in use, variables and cells included."""
    variables = first_stack_slot(frame.f_code)
    if inner is not None and not _explorer.called_from_c(inner):
        saved = int(_explorer.saved(frame))  # when it called Python code
        if saved < variables:
            raise UnknownError
        return saved
    depth = _depths(frame.f_code).get(frame.f_lasti)
    if depth is None:
        raise UnknownError
    return variables + depth if inner is None else _before_call(frame, inner, depth)


def _before_call(frame: FrameType, inner: FrameType, depth: int) -> int:
    """C code between two frames has a state of its own, unless it only passes the call on."""
    instruction = instruction_at(frame.f_code, frame.f_lasti)
    if instruction is None:
        raise UnknownError
    first = first_stack_slot(frame.f_code)
    operands = first + after(instruction, depth) - 1
    if instruction.opname in PASSES_ON:
        return operands
    if instruction.opname.startswith("CALL"):
        for number in (operands, operands + 1):  # what is called, and self or nothing
            if _explorer.slot_calls(frame, number, inner, instruction.opname == KEEPS_OPERANDS):
                return operands
    raise UnknownError


@lru_cache(maxsize=4096)
def _depths(code: CodeType) -> dict[int, int]:
    return stack_depths(code)
