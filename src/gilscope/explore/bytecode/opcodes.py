"""What each instruction of CPython 3.11 to 3.15 touches that threads could share.

An instruction that stands in no table here is unknown: threads that run it prove nothing. Sources:
Python/ceval.c (3.11), Python/bytecodes.c (3.12 and later).
"""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import NamedTuple

from gilscope.explore.search.steps import READ, WRITE

VERSION = sys.version_info[:2]


class SiteKind(IntEnum):
    """As `enum site_kind` of native/explore/sites.h."""

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
    NAME = 20
    NUMBER = 21
    CLASS_PATTERN = 22
    KEYS_PATTERN = 23
    SUPER = 24
    RAISE = 25
    AWAIT = 26
    UNKNOWN = 27
    RETURN = 28
    IMPORTED = 29


class Source(IntEnum):
    """How an instruction goes through an object; as `enum source` of native/explore/sites.h."""

    AT_ONCE = 0
    BY_STEPS = 1
    LATER = 2


class Operand(NamedTuple):
    """An instruction on one object, so many slots below the top of the value stack."""

    kind: SiteKind
    mode: int
    depth: int
    argument: int = 0


def _each(names: str, what: Operand) -> dict[str, Operand]:
    return dict.fromkeys(names.split(), what)


OPERANDS: dict[str, Operand] = {
    **_each("LOAD_ATTR LOAD_METHOD IMPORT_FROM", Operand(SiteKind.ATTRIBUTE, READ, 1)),
    **_each("STORE_ATTR DELETE_ATTR", Operand(SiteKind.ATTRIBUTE, WRITE, 1)),
    **_each("BINARY_SUBSCR", Operand(SiteKind.ITEM, READ, 2)),
    **_each("STORE_SUBSCR", Operand(SiteKind.ITEM, WRITE, 2)),
    **_each("DELETE_SUBSCR", Operand(SiteKind.ITEM, WRITE, 2, argument=1)),
    **_each("BINARY_SLICE", Operand(SiteKind.SLICE, READ, 3)),
    **_each("STORE_SLICE", Operand(SiteKind.SLICE, WRITE, 3)),
    **_each("CONTAINS_OP", Operand(SiteKind.MEMBER, READ, 2)),
    **_each(
        "TO_BOOL UNARY_NOT GET_LEN POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE POP_JUMP_FORWARD_IF_TRUE"
        " POP_JUMP_FORWARD_IF_FALSE POP_JUMP_BACKWARD_IF_TRUE POP_JUMP_BACKWARD_IF_FALSE"
        " JUMP_IF_TRUE_OR_POP JUMP_IF_FALSE_OR_POP",
        Operand(SiteKind.TRUTH, READ, 1),
    ),
    **_each(
        "LIST_EXTEND SET_UPDATE DICT_UPDATE DICT_MERGE",
        Operand(SiteKind.SOURCE, READ, 1, Source.AT_ONCE),
    ),
    **_each("UNPACK_SEQUENCE UNPACK_EX", Operand(SiteKind.SOURCE, READ, 1, Source.BY_STEPS)),
    **_each("GET_ITER GET_YIELD_FROM_ITER", Operand(SiteKind.SOURCE, READ, 1, Source.LATER)),
    # Above the receiver: the value sent; 3.15 keeps the position of a loop between.
    **_each("SEND", Operand(SiteKind.NEXT, WRITE, 3 if VERSION >= (3, 15) else 2)),
    **_each("FOR_ITER", Operand(SiteKind.NEXT, WRITE, 2 if VERSION >= (3, 15) else 1)),
    **_each("GET_AWAITABLE GET_AITER GET_ANEXT", Operand(SiteKind.AWAIT, WRITE, 1)),
    **_each("BEFORE_WITH", Operand(SiteKind.ENTER, READ, 1)),
    **_each("BEFORE_ASYNC_WITH", Operand(SiteKind.AWAIT, READ, 1)),
    **_each("MATCH_CLASS", Operand(SiteKind.CLASS_PATTERN, READ, 3)),
    **_each("MATCH_KEYS", Operand(SiteKind.KEYS_PATTERN, READ, 2)),
    **_each(
        "LOAD_SUPER_ATTR LOAD_SUPER_METHOD LOAD_ZERO_SUPER_ATTR LOAD_ZERO_SUPER_METHOD",
        Operand(SiteKind.SUPER, READ, 1),
    ),
}

# Instructions that look into so many objects at the top of the stack, and all that they contain.
DEEP = {
    "COMPARE_OP": 2,
    "FORMAT_VALUE": 1,
    "FORMAT_SIMPLE": 1,
    "FORMAT_WITH_SPEC": 2,
    "CONVERT_VALUE": 1,
    "CHECK_EG_MATCH": 2,  # splits a group of exceptions into new ones
}
# Operators with so many operands, whose own content is read.
NUMBERS = {"UNARY_NEGATIVE": 1, "UNARY_INVERT": 1, "UNARY_POSITIVE": 1}

GLOBALS = {"LOAD_GLOBAL": READ, "STORE_GLOBAL": WRITE, "DELETE_GLOBAL": WRITE}
# In the frame's mapping of names; read from globals and builtins if not there.
NAMES = {
    "LOAD_NAME": READ,
    "STORE_NAME": WRITE,
    "DELETE_NAME": WRITE,
    "SETUP_ANNOTATIONS": WRITE,
    "LOAD_FROM_DICT_OR_GLOBALS": READ,
}
CELLS = {
    "LOAD_DEREF": READ,
    "STORE_DEREF": WRITE,
    "DELETE_DEREF": WRITE,
    "LOAD_CLASSDEREF": READ,
    "LOAD_FROM_DICT_OR_DEREF": READ,
}
# PRECALL of 3.11 stands for the CALL after it.
CALLS = {"CALL", "CALL_KW"} if VERSION > (3, 11) else {"PRECALL"}
# Each has a function in `sites` that says where its operands lie.
SPECIAL = {
    *("BINARY_OP", "CALL_FUNCTION_EX", "WITH_EXCEPT_START", "IMPORT_NAME", "RAISE_VARARGS"),
    *("CALL_INTRINSIC_1", "JUMP_BACKWARD"),
}
LEAVES_FRAME = {"YIELD_VALUE", "RETURN_VALUE", "RETURN_CONST"}


def _names(*groups: str) -> frozenset[str]:
    return frozenset(name for group in groups for name in group.split())


# What touches nothing that another thread could know. If it drops the last reference to an object,
# its `__del__` is Python code that is seen as it runs.
NOTHING: dict[str, frozenset[str]] = {
    "moves references between the frame's own slots, or drops them": _names(
        "NOP POP_TOP PUSH_NULL COPY SWAP LOAD_CONST LOAD_SMALL_INT LOAD_FAST LOAD_FAST_CHECK"
        " LOAD_FAST_AND_CLEAR LOAD_FAST_BORROW LOAD_FAST_BORROW_LOAD_FAST_BORROW"
        " LOAD_FAST_LOAD_FAST STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST"
        " STORE_FAST_MAYBE_NULL DELETE_FAST LOAD_CLOSURE LOAD_LOCALS KW_NAMES END_FOR END_SEND"
        " POP_ITER END_ASYNC_FOR"
    ),
    "loads what the interpreter keeps for ever": _names(
        "LOAD_ASSERTION_ERROR LOAD_COMMON_CONSTANT LOAD_BUILD_CLASS"
    ),
    "makes an object that nobody else knows yet": _names(
        "BUILD_TUPLE BUILD_LIST BUILD_SET BUILD_MAP BUILD_CONST_KEY_MAP BUILD_SLICE BUILD_STRING"
        " BUILD_INTERPOLATION BUILD_TEMPLATE MAKE_FUNCTION SET_FUNCTION_ATTRIBUTE LIST_TO_TUPLE"
        " ASYNC_GEN_WRAP MAKE_CELL COPY_FREE_VARS RETURN_GENERATOR"
    ),
    "adds to a container of a comprehension or display, which nobody else knows yet": _names(
        "LIST_APPEND SET_ADD MAP_ADD"
    ),
    "jumps, or marks a place": _names(
        "CACHE EXTENDED_ARG RESUME NOT_TAKEN JUMP_FORWARD JUMP_BACKWARD_NO_INTERRUPT"
        " POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_FORWARD_IF_NONE"
        " POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE"
    ),
    "compares identities, or the flags of a type": _names(
        "IS_OP MATCH_MAPPING MATCH_SEQUENCE CHECK_EXC_MATCH EXIT_INIT_CHECK"
    ),
    "works on the thread's own state of exceptions": _names(
        "PUSH_EXC_INFO POP_EXCEPT RERAISE CLEANUP_THROW PREP_RERAISE_STAR CALL_INTRINSIC_2"
    ),
    "looks a special method up in a type; setting one while threads run is unknown": _names(
        "LOAD_SPECIAL"
    ),
    "stands for the call that PRECALL began": _names("CALL" if VERSION == (3, 11) else ""),
    "ends a frame that C entered": _names("INTERPRETER_EXIT"),
}
OWN = frozenset().union(*NOTHING.values())

# Never in a code object as `dis` shows it: the compiler's own, or put there by the interpreter.
NEVER_SEEN = _names(
    "JUMP JUMP_NO_INTERRUPT JUMP_IF_FALSE JUMP_IF_TRUE POP_BLOCK SETUP_CLEANUP SETUP_FINALLY"
    " SETUP_WITH ENTER_EXECUTOR RESERVED TRACE_RECORD ANNOTATIONS_PLACEHOLDER"
)
# For the interactive prompt, and for `import *`, which only modules can do.
UNKNOWN = _names("PRINT_EXPR IMPORT_STAR")

# CALL_INTRINSIC_1 by its argument: what touches nothing, and what is a number's.
INTRINSICS_OWN = _names(
    "INTRINSIC_STOPITERATION_ERROR INTRINSIC_ASYNC_GEN_WRAP INTRINSIC_LIST_TO_TUPLE"
    " INTRINSIC_TYPEVAR INTRINSIC_PARAMSPEC INTRINSIC_TYPEVARTUPLE INTRINSIC_SUBSCRIPT_GENERIC"
    " INTRINSIC_TYPEALIAS"
)
INTRINSIC_NUMBER = "INTRINSIC_UNARY_POSITIVE"


def is_classified(name: str) -> bool:
    """Whether a table here names an instruction."""
    tables = (OPERANDS, DEEP, NUMBERS, GLOBALS, NAMES, CELLS, CALLS, SPECIAL, LEAVES_FRAME)
    return (
        any(name in table for table in tables)
        or name in OWN | NEVER_SEEN | UNKNOWN
        or name.startswith("INSTRUMENTED_")  # dis shows what it was
    )
