"""Which instructions of a code object may touch something shared, and where its operands lie.

The rows go to native/explore/sites.c; kinds and flags are named there alike.
"""

from __future__ import annotations

import dis
import inspect
from typing import TYPE_CHECKING

from gilscope.explore import instructions as tables
from gilscope.explore.depths import first_stack_slot, stack_depths
from gilscope.explore.instructions import VERSION, SiteKind
from gilscope.explore.search.steps import READ, WRITE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

# Offset in bytes, kind, mode, slot, argument, flags, name.
Row = tuple[int, int, int, int, int, int, object]

CHECKS_BEFORE = 1
CHECKS_AFTER = 2
VISIBLE = 4
SUBSCRIPT = "[]"
FORMATTING = {"%", "%="}

# The eval loop looks whether another thread wants to run at RESUME and JUMP_BACKWARD, so the code
# after it may come later, and when a call has returned (CHECK_EVAL_BREAKER and _CHECK_PERIODIC in
# Python/ceval.c and bytecodes.c). sys.monitoring has no event for RESUME; the instruction after it
# stands for it. The tracer of 3.11 has one event for an instruction and its extended arguments.
GENERATOR = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
RESUMED_FROM_AWAIT = 2  # the argument of a RESUME that does not look


def rows_of(code: CodeType) -> list[Row]:
    """Every instruction of `code` that is of interest."""
    depths = stack_depths(code)
    base = first_stack_slot(code)
    is_generator = bool(code.co_flags & GENERATOR)
    rows: list[Row] = []
    keywords: object = None
    resumed = False  # by the instruction before
    extended = -1  # where the extended arguments of this instruction begin
    for each in dis.get_instructions(code):
        if each.opname == "EXTENDED_ARG":
            extended = each.offset if extended < 0 else extended
            continue
        if each.opname == "KW_NAMES":
            keywords = code.co_consts[each.arg or 0]
        offset = extended if extended >= 0 and VERSION == (3, 11) else each.offset
        extended = -1
        if each.offset not in depths:
            continue
        row = _row(each, base + depths[each.offset], keywords)
        if each.opname in tables.LEAVES_FRAME:
            kind = SiteKind.GENERATOR if is_generator else SiteKind.RETURN
            row = (each.offset, kind, WRITE, -1, 0, 0, None)
        if resumed:
            row = row or (each.offset, SiteKind.PASS, READ, -1, 0, 0, None)
            row = (*row[:5], row[5] | CHECKS_BEFORE, row[6])
        if row is not None:
            rows.append((offset, *row[1:]))
        resumed = each.opname == "RESUME" and (each.arg or 0) & 3 < RESUMED_FROM_AWAIT
        if each.opname.startswith(("CALL", "PRECALL")) and each.opname != "CALL_INTRINSIC_1":
            keywords = None
    return rows


def foreign_rows(code: CodeType, reason: str) -> list[Row]:
    """Where code that is not explored begins: that it runs is a reason against a proof."""
    starts = [each.offset for each in dis.get_instructions(code) if each.opname == "RESUME"]
    after = (each.offset for each in dis.get_instructions(code) if each.offset > starts[0])
    first = next(after, None) if starts else None
    return [] if first is None else [(first, SiteKind.FOREIGN, READ, -1, 0, 0, reason)]


def _row(each: dis.Instruction, top: int, keywords: object) -> Row | None:
    name = each.opname
    if name in tables.OWN or name in tables.NEVER_SEEN:
        return None
    if name in tables.OPERANDS:
        return _operand(each, top)
    if name in tables.DEEP:
        count = tables.DEEP[name]
        return (each.offset, SiteKind.DEEP, READ, top - count, count, 0, None)
    if name in tables.NUMBERS:
        count = tables.NUMBERS[name]
        return (each.offset, SiteKind.NUMBER, READ, top - count, count, 0, None)
    if name in tables.CALLS:
        return _call(each, top, keywords)
    if name in SPECIAL:
        return SPECIAL[name](each, top)
    return _named(each, top) or unknown(each)


def unknown(each: dis.Instruction) -> Row:
    """Nobody looked at this instruction yet."""
    return (each.offset, SiteKind.UNKNOWN, READ, -1, 0, 0, f"the instruction {each.opname}")


def _operand(each: dis.Instruction, top: int) -> Row:
    kind, mode, depth, argument = tables.OPERANDS[each.opname]
    # On 3.11, `while` ends in a conditional jump back, which looks as JUMP_BACKWARD does.
    flags = CHECKS_AFTER if each.opname.startswith("POP_JUMP_BACKWARD") else 0
    if kind == SiteKind.CLASS_PATTERN:
        argument = each.arg or 0
    return (each.offset, kind, mode, top - depth, argument, flags, _name_of(each))


def _named(each: dis.Instruction, top: int) -> Row | None:
    """Instructions that say by a name or number what they touch, not by an operand."""
    name = each.opname
    if name in tables.GLOBALS:
        return (each.offset, SiteKind.GLOBAL, tables.GLOBALS[name], -1, 0, 0, each.argval)
    if name in tables.NAMES:
        argument = top - 1 if name == "LOAD_FROM_DICT_OR_GLOBALS" else -1  # the mapping's slot
        variable = "__annotations__" if name == "SETUP_ANNOTATIONS" else each.argval
        return (each.offset, SiteKind.NAME, tables.NAMES[name], -1, argument, 0, variable)
    if name in tables.CELLS:
        return (each.offset, SiteKind.CELL, tables.CELLS[name], each.arg or 0, 0, 0, None)
    return None


def _name_of(each: dis.Instruction) -> object:
    return each.argval if isinstance(each.argval, str) else None


def _call(each: dis.Instruction, top: int, keywords: object) -> Row:
    count = each.arg or 0
    with_names = each.opname == "CALL_KW"  # they lie on the stack, above the arguments
    slot = top - count - 2 - with_names
    return (each.offset, SiteKind.CALL, with_names, slot, count, CHECKS_AFTER, keywords)


def _call_ex(each: dis.Instruction, top: int) -> Row:
    # 3.14 has always a slot for keyword arguments, which may be NULL.
    keywords = VERSION >= (3, 14) or bool((each.arg or 0) & 1)
    args = top - 1 - keywords
    # Below the arguments: the callable; from 3.13 on with NULL between, before that below it.
    callable_slot = args - 2 if VERSION >= (3, 13) else args - 1
    return (each.offset, SiteKind.CALL_EX, keywords, callable_slot, args, CHECKS_AFTER, None)


def _binary(each: dis.Instruction, top: int) -> Row:
    symbol = each.argrepr
    if symbol == SUBSCRIPT:
        return (each.offset, SiteKind.ITEM, READ, top - 2, 0, 0, None)
    if symbol in FORMATTING:
        return (each.offset, SiteKind.DEEP, READ, top - 2, 2, 0, None)
    if symbol.endswith("="):
        return (each.offset, SiteKind.INPLACE, WRITE, top - 2, 0, 0, None)
    return (each.offset, SiteKind.NUMBER, READ, top - 2, 2, 0, None)


def _leave(each: dis.Instruction, top: int) -> Row:
    # The function, its self from 3.14 on, where the exception came from, two exceptions.
    depth = 5 if VERSION >= (3, 14) else 4
    return (each.offset, SiteKind.LEAVE, WRITE, top - depth, depth == 5, CHECKS_AFTER, None)


def _import(each: dis.Instruction, top: int) -> Row:
    # On the stack: the level of a relative import, and the names to be taken.
    return (each.offset, SiteKind.IMPORT, READ, top - 2, 2, CHECKS_AFTER, each.argval)


def _raise(each: dis.Instruction, top: int) -> Row:
    count = each.arg or 0
    return (each.offset, SiteKind.RAISE, WRITE, top - count if count else -1, count, 0, None)


def _intrinsic(each: dis.Instruction, top: int) -> Row | None:
    if each.argrepr in tables.INTRINSICS_OWN:
        return None
    if each.argrepr == tables.INTRINSIC_NUMBER:
        return (each.offset, SiteKind.NUMBER, READ, top - 1, 1, 0, None)
    return unknown(each)


def _jump_back(each: dis.Instruction, top: int) -> Row:  # noqa: ARG001 # all have the same arguments
    return (each.offset, SiteKind.PASS, READ, -1, 0, CHECKS_BEFORE, None)


SPECIAL: dict[str, Callable[[dis.Instruction, int], Row | None]] = {
    "BINARY_OP": _binary,
    "CALL_FUNCTION_EX": _call_ex,
    "WITH_EXCEPT_START": _leave,
    "IMPORT_NAME": _import,
    "RAISE_VARARGS": _raise,
    "CALL_INTRINSIC_1": _intrinsic,
    "JUMP_BACKWARD": _jump_back,
}
