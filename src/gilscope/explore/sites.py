"""Which instructions of a code object may touch something shared, and where its operands lie.

The rows go to native/explore/sites.c; kinds and flags are named there alike.
"""

from __future__ import annotations

import dis
import inspect
import sys
from enum import IntEnum
from typing import TYPE_CHECKING

from gilscope.explore.depths import first_stack_slot, stack_depths
from gilscope.explore.search.steps import READ, WRITE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

# Offset in bytes, kind, mode, slot, argument, flags, name.
Row = tuple[int, int, int, int, int, int, object]


class SiteKind(IntEnum):
    NONE = 0
    ATTRIBUTE = 1
    GLOBAL = 2
    CELL = 3
    ITEM = 4
    SLICE = 5
    MEMBER = 6
    TRUTH = 7
    SOURCE = 8
    DEEP = 9
    INPLACE = 10
    NEXT = 11
    CALL = 12
    CALL_EX = 13
    ENTER = 14
    LEAVE = 15
    IMPORT = 16
    PASS = 17
    GENERATOR = 18
    FOREIGN = 19


CHECKS_BEFORE = 1
CHECKS_AFTER = 2
VISIBLE = 4
VERSION = sys.version_info[:2]
SUBSCRIPT = "[]"

# The eval loop looks whether another thread wants to run at RESUME and JUMP_BACKWARD, so the code
# after it may come later, and when a call has returned (CHECK_EVAL_BREAKER and _CHECK_PERIODIC in
# Python/ceval.c and bytecodes.c). sys.monitoring has no event for RESUME; the instruction after it
# stands for it. The tracer of 3.11 has one event for an instruction and its extended arguments.
GENERATOR = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
LEAVES_GENERATOR = {"YIELD_VALUE", "RETURN_VALUE", "RETURN_CONST"}
RESUMED_FROM_AWAIT = 2  # the argument of a RESUME that does not look

# Instructions with one operand, so many objects below the top of the stack: kind, mode, depth.
PLAIN = {
    "LOAD_ATTR": (SiteKind.ATTRIBUTE, READ, 1),
    "LOAD_METHOD": (SiteKind.ATTRIBUTE, READ, 1),
    "IMPORT_FROM": (SiteKind.ATTRIBUTE, READ, 1),
    "STORE_ATTR": (SiteKind.ATTRIBUTE, WRITE, 1),
    "DELETE_ATTR": (SiteKind.ATTRIBUTE, WRITE, 1),
    "BINARY_SUBSCR": (SiteKind.ITEM, READ, 2),
    "STORE_SUBSCR": (SiteKind.ITEM, WRITE, 2),
    "DELETE_SUBSCR": (SiteKind.ITEM, WRITE, 2),
    "BINARY_SLICE": (SiteKind.SLICE, READ, 3),
    "STORE_SLICE": (SiteKind.SLICE, WRITE, 3),
    "CONTAINS_OP": (SiteKind.MEMBER, READ, 2),
    "TO_BOOL": (SiteKind.TRUTH, READ, 1),
    "UNARY_NOT": (SiteKind.TRUTH, READ, 1),
    "GET_LEN": (SiteKind.TRUTH, READ, 1),
    "POP_JUMP_IF_TRUE": (SiteKind.TRUTH, READ, 1),
    "POP_JUMP_IF_FALSE": (SiteKind.TRUTH, READ, 1),
    "POP_JUMP_FORWARD_IF_TRUE": (SiteKind.TRUTH, READ, 1),
    "POP_JUMP_FORWARD_IF_FALSE": (SiteKind.TRUTH, READ, 1),
    "POP_JUMP_BACKWARD_IF_TRUE": (SiteKind.TRUTH, READ, 1),
    "POP_JUMP_BACKWARD_IF_FALSE": (SiteKind.TRUTH, READ, 1),
    "JUMP_IF_TRUE_OR_POP": (SiteKind.TRUTH, READ, 1),
    "JUMP_IF_FALSE_OR_POP": (SiteKind.TRUTH, READ, 1),
    "LIST_EXTEND": (SiteKind.SOURCE, READ, 1),
    "SET_UPDATE": (SiteKind.SOURCE, READ, 1),
    "DICT_UPDATE": (SiteKind.SOURCE, READ, 1),
    "DICT_MERGE": (SiteKind.SOURCE, READ, 1),
    "UNPACK_SEQUENCE": (SiteKind.SOURCE, READ, 1),
    "UNPACK_EX": (SiteKind.SOURCE, READ, 1),
    "GET_ITER": (SiteKind.SOURCE, READ, 1),
    "MATCH_KEYS": (SiteKind.SOURCE, READ, 2),
    "FOR_ITER": (SiteKind.NEXT, WRITE, 1),
    "BEFORE_WITH": (SiteKind.ENTER, READ, 1),
}
# 3.14 inserts something between an iterator and the top from 3.15 on: the position of the loop.
if VERSION >= (3, 15):
    PLAIN["FOR_ITER"] = (SiteKind.NEXT, WRITE, 2)

# Instructions that look into so many objects at the top of the stack.
DEEP = {
    "COMPARE_OP": 2,
    "FORMAT_VALUE": 1,
    "FORMAT_SIMPLE": 1,
    "FORMAT_WITH_SPEC": 2,
    "CONVERT_VALUE": 1,
}
GLOBALS = {"LOAD_GLOBAL": READ, "STORE_GLOBAL": WRITE, "DELETE_GLOBAL": WRITE, "LOAD_NAME": READ}
CELLS = {
    "LOAD_DEREF": READ,
    "STORE_DEREF": WRITE,
    "DELETE_DEREF": WRITE,
    "LOAD_CLASSDEREF": READ,
    "LOAD_FROM_DICT_OR_DEREF": READ,
}
CALLS = {"PRECALL", "CALL", "CALL_KW"} if VERSION > (3, 11) else {"PRECALL"}


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
        if is_generator and each.opname in LEAVES_GENERATOR:
            row = (each.offset, SiteKind.GENERATOR, WRITE, -1, 0, 0, None)
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
    if name == "JUMP_BACKWARD":
        return (each.offset, SiteKind.PASS, READ, -1, 0, CHECKS_BEFORE, None)
    if name in PLAIN:
        kind, mode, depth = PLAIN[name]
        # On 3.11, `while` ends in a conditional jump back, which looks as JUMP_BACKWARD does.
        flags = CHECKS_AFTER if name.startswith("POP_JUMP_BACKWARD") else 0
        removes = name == "DELETE_SUBSCR"
        return (each.offset, kind, mode, top - depth, removes, flags, _name_of(each))
    if name in DEEP:
        return (each.offset, SiteKind.DEEP, READ, top - DEEP[name], DEEP[name], 0, None)
    if name in GLOBALS:
        return (each.offset, SiteKind.GLOBAL, GLOBALS[name], -1, 0, 0, each.argval)
    if name in CELLS:
        return (each.offset, SiteKind.CELL, CELLS[name], each.arg or 0, 0, 0, None)
    special = SPECIAL.get(name)
    if special is not None:
        return special(each, top)
    return _call(each, top, keywords) if name in CALLS else None


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
    if symbol.endswith("="):
        return (each.offset, SiteKind.INPLACE, WRITE, top - 2, 0, 0, None)
    return (each.offset, SiteKind.DEEP, READ, top - 2, 2, 0, None)


def _leave(each: dis.Instruction, top: int) -> Row:
    # The function, its self from 3.14 on, where the exception came from, two exceptions.
    depth = 5 if VERSION >= (3, 14) else 4
    return (each.offset, SiteKind.LEAVE, WRITE, top - depth, depth == 5, CHECKS_AFTER, None)


def _import(each: dis.Instruction, top: int) -> Row:  # noqa: ARG001 # all have the same arguments
    return (each.offset, SiteKind.IMPORT, READ, -1, 0, CHECKS_AFTER, each.argval)


SPECIAL: dict[str, Callable[[dis.Instruction, int], Row]] = {
    "BINARY_OP": _binary,
    "CALL_FUNCTION_EX": _call_ex,
    "WITH_EXCEPT_START": _leave,
    "IMPORT_NAME": _import,
}
