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
# thread can tell when they happen. Used with fuse=True only.
LOCAL = frozenset(
    {
        "CACHE",
        "COPY",
        "EXTENDED_ARG",
        "JUMP_FORWARD",
        "KW_NAMES",
        "LOAD_CLOSURE",
        "LOAD_CONST",
        "LOAD_FAST",
        "NOP",
        "POP_EXCEPT",
        "POP_TOP",
        "PRECALL",
        "PUSH_EXC_INFO",
        "PUSH_NULL",
        "RETURN_VALUE",
        "STORE_FAST",
        "SWAP",
    }
)

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


def stored_globals(code: CodeType) -> set[str]:
    """The global names that functions assign or delete."""
    return {
        str(i.argval)
        for i in dis.get_instructions(code)
        if i.opname in {"STORE_GLOBAL", "DELETE_GLOBAL"}
    }
