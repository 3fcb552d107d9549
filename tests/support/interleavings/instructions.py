"""Before which instructions the oracle may switch: its own table, for CPython 3.11."""

from __future__ import annotations

import dis
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The evaluation loop of 3.11 looks whether somebody asked for the GIL when it has entered a
# function (RESUME), when C code that it called has returned, and when it has jumped backwards.
CALLS = frozenset({"CALL", "CALL_FUNCTION_EX"})
JUMPS_BACK = frozenset(
    {
        "JUMP_BACKWARD",
        "POP_JUMP_BACKWARD_IF_TRUE",
        "POP_JUMP_BACKWARD_IF_FALSE",
        "POP_JUMP_BACKWARD_IF_NONE",
        "POP_JUMP_BACKWARD_IF_NOT_NONE",
    }
)

# They see the frame's own locals and stack only, and always go on to a later instruction. No other
# thread can tell when they happen. Used with fuse=True only; what is not named is never fused.
LOCAL = frozenset(
    {
        "BUILD_LIST",
        "BUILD_SLICE",
        "BUILD_TUPLE",
        "CACHE",
        "COPY",
        "COPY_FREE_VARS",
        "EXTENDED_ARG",
        "JUMP_FORWARD",
        "KW_NAMES",
        "LOAD_CLOSURE",
        "LOAD_CONST",
        "LOAD_FAST",
        "MAKE_CELL",
        "MAKE_FUNCTION",
        "NOP",
        "PRECALL",
        "PUSH_EXC_INFO",
        "PUSH_NULL",
        "RESUME",
        "SWAP",
    }
)
# These, too, unless they free an object at whose death others look.
FREEING = frozenset({"POP_EXCEPT", "POP_TOP", "RETURN_VALUE", "STORE_FAST"})
# And these, where all of so many operands are plain values that nobody can change.
PURE = {
    "BINARY_OP": 2,
    "COMPARE_OP": 2,
    "JUMP_IF_FALSE_OR_POP": 1,
    "JUMP_IF_TRUE_OR_POP": 1,
    "POP_JUMP_FORWARD_IF_FALSE": 1,
    "POP_JUMP_FORWARD_IF_NONE": 1,
    "POP_JUMP_FORWARD_IF_NOT_NONE": 1,
    "POP_JUMP_FORWARD_IF_TRUE": 1,
    "UNARY_INVERT": 1,
    "UNARY_NEGATIVE": 1,
    "UNARY_NOT": 1,
    "UNARY_POSITIVE": 1,
}
RESULTS = "out"  # each thread has its own item in it
JOINING = {"start", "join"}  # of a thread that only run() knows: others cannot tell when
METHODS = "LOAD_METHOD"  # of an object whose type cannot change
RETURNS = "RETURN_VALUE"
LOADS = frozenset({"LOAD_CLASSDEREF", "LOAD_DEREF", "LOAD_GLOBAL"})
STORES = frozenset({"DELETE_DEREF", "DELETE_GLOBAL", "STORE_DEREF", "STORE_GLOBAL"})


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """This one and all that it contains."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


def operations(code: CodeType) -> dict[int, str]:
    """The name of the instruction at each offset."""
    return {i.offset: i.opname for i in dis.get_instructions(code)}


def reraises(code: CodeType) -> bool:
    """Whether a bare `raise` asks for the exception being handled, which no frame shows."""
    return any(i.opname == "RAISE_VARARGS" and not i.arg for i in dis.get_instructions(code))


def stored(code: CodeType, *, but: str = "") -> set[str]:
    """Names of variables that functions share and some function assigns or deletes."""
    return {
        str(each.argval)
        for inner in code_objects(code)
        if inner.co_name != but
        for each in dis.get_instructions(inner)
        if each.opname in STORES
    }


class Fusing:
    """At which offsets nothing happens that another thread can tell, in a program's code."""

    def __init__(self, module: CodeType) -> None:
        sees_deaths = {"__del__", "weakref"} & _names(module)
        self._own = set(code_objects(module))
        self._local = LOCAL if sees_deaths else LOCAL | FREEING
        # What only run() assigns it assigns before it starts a thread.
        self._changing = stored(module, but="run")

    def offsets(self, code: CodeType) -> frozenset[int]:
        found = {
            each.offset for each, method in _with_method(code) if self._is_local(code, each, method)
        }
        return frozenset(found | (_results(code) if code in self._own else set()))

    def _is_local(self, code: CodeType, each: dis.Instruction, method: str) -> bool:
        if each.opname in self._local:
            return True
        if code not in self._own:  # of the library
            return False
        if each.opname in LOADS:
            return each.argval not in self._changing
        return code.co_name == "run" and method in JOINING


def _results(code: CodeType) -> set[int]:
    """Where a thread writes its results, which run() reads when all threads have ended."""
    found = set()
    before = ["", ""]
    for each in dis.get_instructions(code):
        if each.opname == "STORE_SUBSCR" and before == [RESULTS, "LOAD_CONST"]:
            found.add(each.offset)
        if each.opname != "CACHE":
            named = each.opname == "LOAD_DEREF" and each.argval == RESULTS
            before = [before[1], RESULTS if named else each.opname]
    return found


def _with_method(code: CodeType) -> Iterator[tuple[dis.Instruction, str]]:
    """Instructions, and the method that they look up or call."""
    method = ""
    for each in dis.get_instructions(code):
        if each.opname == METHODS:
            method = str(each.argval)
        yield each, method if each.opname in {METHODS, "CALL"} else ""
        if each.opname == "CALL":
            method = ""


def _names(module: CodeType) -> set[str]:
    return {name for code in code_objects(module) for name in (code.co_name, *code.co_names)}
